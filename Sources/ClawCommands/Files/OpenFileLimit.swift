import NIOCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// How many files, and so how many sockets, the process may have open.
enum OpenFileLimit {
  #if canImport(Glibc)
    private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
  #else
    private static let resource = RLIMIT_NOFILE
  #endif

  /// What the store, providers and tools may need beside the connections of callers.
  private static let reserve = 128
  /// Without a limit; as many connections nobody has.
  private static let most = 1_000_000

  /// The limit that holds now; nil if the system does not say.
  static var current: Int? {
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0 else { return nil }
    return Int(clamping: limit.rlim_cur)
  }

  /// What ``raise()`` would make of it; nil if the system does not say.
  static var mostPossible: Int? {
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0 else { return nil }
    return Int(clamping: limit.rlim_max)
  }

  /// What a gateway needs to start and to serve a few clients: its store, and three for each event loop.
  static var least: Int { 40 + 3 * System.coreCount }

  /// Raises the limit to the most that the system grants without asking: login shells often begin with 1024, of which
  /// a gateway with some hundred clients has none left.
  /// - Returns: The limit that holds now; nil if the system does not say.
  @discardableResult
  static func raise() -> Int? {
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0 else { return nil }
    var wanted = limit
    #if canImport(Darwin)
      // More than this is refused there, though the hard limit be unlimited.
      wanted.rlim_cur = min(limit.rlim_max, rlim_t(OPEN_MAX))
    #else
      wanted.rlim_cur = limit.rlim_max
    #endif
    if wanted.rlim_cur > limit.rlim_cur { setrlimit(resource, &wanted) }
    return current
  }

  /// How many connections of callers the limit leaves room for.
  /// - Parameter wanted: What the configuration says; 0 for as many as there may be.
  static func connections(wanted: Int, limit: Int? = current) -> Int {
    let limit = limit ?? 1024
    // Of a small limit, half is kept.
    let room = min(max(1, limit - min(reserve, limit / 2)), most)
    return wanted > 0 ? min(wanted, room) : room
  }
}
