import NIOCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The limit on open files, and so on sockets.
enum OpenFileLimit {
  #if canImport(Glibc)
    private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
  #else
    private static let resource = RLIMIT_NOFILE
  #endif

  /// For the store, providers and tools, in addition to clients' connections.
  private static let reserve = 128
  /// Cap if there is no limit; more connections than anyone has.
  private static let most = 1_000_000

  /// The current limit; nil if unknown.
  static var current: Int? {
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0 else { return nil }
    return Int(clamping: limit.rlim_cur)
  }

  /// The limit after ``raise()``; nil if unknown.
  static var mostPossible: Int? {
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0 else { return nil }
    return Int(clamping: limit.rlim_max)
  }

  /// The minimum to start and serve a few clients: the store, and three per event loop.
  static var least: Int { 40 + 3 * System.coreCount }

  /// Raises the soft limit to the hard limit: login shells often start with 1024, which a gateway with some hundred
  /// clients exhausts.
  /// - Returns: The new limit; nil if unknown.
  @discardableResult
  static func raise() -> Int? {
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0 else { return nil }
    var wanted = limit
    #if canImport(Darwin)
      // macOS rejects more than this, even if the hard limit is unlimited.
      wanted.rlim_cur = min(limit.rlim_max, rlim_t(OPEN_MAX))
    #else
      wanted.rlim_cur = limit.rlim_max
    #endif
    if wanted.rlim_cur > limit.rlim_cur { setrlimit(resource, &wanted) }
    return current
  }

  /// The number of client connections that the limit allows.
  /// - Parameter wanted: The configured number; 0 for as many as possible.
  static func connections(wanted: Int, limit: Int? = current) -> Int {
    let limit = limit ?? 1024
    // Reserve half of a small limit.
    let room = min(max(1, limit - min(reserve, limit / 2)), most)
    return wanted > 0 ? min(wanted, room) : room
  }
}
