import Glibc

/// What the kernel says about a process.
enum ProcessUsage {
  struct Memory: Sendable {
    /// `VmRSS`, in bytes: everything that is in memory, pages of the binary included.
    let resident: Int
    /// `RssAnon`, in bytes: what the process alone holds.
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

  /// Time all threads of a process have spent on a core so far, in nanoseconds.
  static func cpuTime(of pid: pid_t) throws -> Int64 {
    var clock = clockid_t()
    var time = timespec()
    guard clock_getcpuclockid(pid, &clock) == 0, clock_gettime(clock, &time) == 0 else {
      throw BenchFailure("the processor time of process \(pid) can't be read: is it gone?")
    }
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// Lets this process and its children open as many files as the system allows; returns how many.
  static func raiseFileLimit() -> Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return Int(min(limit.rlim_cur, 1_000_000))
  }
}
