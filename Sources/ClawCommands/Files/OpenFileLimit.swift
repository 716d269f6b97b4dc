#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// How many files, and so how many sockets, the process may have open.
enum OpenFileLimit {
  /// Raises the limit to the most that the system grants without asking: login shells often begin with 1024, of which
  /// a gateway with some hundred clients has none left.
  /// - Returns: The limit that holds now; nil if the system does not say.
  @discardableResult
  static func raise() -> UInt64? {
    #if canImport(Glibc)
      let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
      let resource = RLIMIT_NOFILE
    #endif
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0 else { return nil }
    var wanted = limit
    #if canImport(Darwin)
      // More than this is refused there, though the hard limit be unlimited.
      wanted.rlim_cur = min(limit.rlim_max, rlim_t(OPEN_MAX))
    #else
      wanted.rlim_cur = limit.rlim_max
    #endif
    guard wanted.rlim_cur > limit.rlim_cur, setrlimit(resource, &wanted) == 0 else { return UInt64(limit.rlim_cur) }
    return UInt64(wanted.rlim_cur)
  }
}
