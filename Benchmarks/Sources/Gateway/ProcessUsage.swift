import Glibc

/// Resource usage from the kernel.
enum ProcessUsage {
  struct Memory: Sendable {
    /// `VmRSS`, in bytes: resident memory, including pages of the binary.
    let resident: Int
    /// `RssAnon`, in bytes: private memory.
    let anonymous: Int
  }

  static func memory(of pid: pid_t) throws -> Memory {
    let text = try TextFile.read("/proc/\(pid)/status")
    func bytes(_ name: String) -> Int {
      let line = text.split(separator: "\n").first { $0.hasPrefix(name + ":") }
      let words = line?.split(whereSeparator: \.isWhitespace) ?? []
      return words.count > 1 ? (Int(words[1]) ?? 0) * 1024 : 0
    }
    return Memory(resident: bytes("VmRSS"), anonymous: bytes("RssAnon"))
  }

  /// CPU time of all threads of a process so far, in nanoseconds.
  static func cpuTime(of pid: pid_t) throws -> Int64 {
    var clock = clockid_t()
    var time = timespec()
    guard clock_getcpuclockid(pid, &clock) == 0, clock_gettime(clock, &time) == 0 else {
      throw BenchFailure("the processor time of process \(pid) can't be read: is it gone?")
    }
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// Raises the limit of open files of this process and its children; returns it.
  static func raiseFileLimit() -> Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return Int(min(limit.rlim_cur, 1_000_000))
  }
}
