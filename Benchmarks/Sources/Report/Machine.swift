import ClawJSON
import Glibc

/// Where and when the figures were measured.
struct Machine: Sendable {
  let date: String
  let processor: String
  let cores: Int
  let memoryBytes: Int
  let kernel: String
  /// The compiler version, from the build script.
  let toolchain: String
  /// Load average of the minute before the start: if it is well above 0, the figures are affected by other processes.
  let load: Double

  init(toolchain: String) {
    var now = time(nil)
    var calendar = tm()
    gmtime_r(&now, &calendar)
    var text = [CChar](repeating: 0, count: 32)
    strftime(&text, text.count, "%Y-%m-%d %H:%M UTC", &calendar)
    date = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let lines = ((try? TextFile.read("/proc/cpuinfo")) ?? "").split(separator: "\n")
    processor =
      lines.first { $0.hasPrefix("model name") }?.split(separator: ":").last.map { $0.drop { $0 == " " } }
      .map { String($0) } ?? "unknown"
    cores = sysconf(Int32(_SC_NPROCESSORS_ONLN))
    memoryBytes = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    kernel = ((try? TextFile.read("/proc/sys/kernel/osrelease")) ?? "").filter { !$0.isWhitespace }
    load = Double(((try? TextFile.read("/proc/loadavg")) ?? "").split(separator: " ").first ?? "0") ?? 0
    self.toolchain = toolchain
  }

  var summary: String {
    "\(date), \(cores) cores of \(processor), \(memoryBytes >> 30) GiB, Linux \(kernel), \(toolchain), load \(load)"
  }

  var json: JSONValue {
    [
      "date": .string(date), "processor": .string(processor), "cores": .integer(Int64(cores)),
      "memory_bytes": .integer(Int64(memoryBytes)), "kernel": .string(kernel), "toolchain": .string(toolchain),
      "load": .number(load),
    ]
  }
}
