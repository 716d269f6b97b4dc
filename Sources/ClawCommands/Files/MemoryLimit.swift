#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The limit on the process's address space: threads and the store reserve some before they use it.
enum MemoryLimit {
  /// With less, creating threads or opening the database fails, as seen on Linux with Swift 6.3 and SQLite 3.46.
  static let leastBytes: UInt64 = 1 << 30

  /// What commands need for their threads.
  static let leastCommandBytes: UInt64 = 1 << 29

  /// Why a command line can't run under the limit; nil if it can.
  static func problem(of arguments: [String], limit: UInt64? = current) -> String? {
    switch arguments.first {
    case "serve": return problem(limit: limit)
    case "version", nil: return nil
    default:
      guard let limit, limit < leastCommandBytes, !arguments.contains("--help") else { return nil }
      return "the address space is limited to \(limit >> 20) MiB; at least \(leastCommandBytes >> 20) MiB are needed: "
        + "ulimit -v unlimited"
    }
  }

  /// Why a gateway can't run under the limit; nil if it can.
  static func problem(limit: UInt64? = current) -> String? {
    guard let limit, limit < leastBytes else { return nil }
    return
      "the address space is limited to \(limit >> 20) MiB; a gateway needs at least \(leastBytes >> 20) MiB of it, "
      + "most of which it never uses"
  }

  /// Nil if there is no limit.
  static var current: UInt64? {
    #if canImport(Glibc)
      let resource = __rlimit_resource_t(RLIMIT_AS.rawValue)
    #else
      let resource = RLIMIT_AS
    #endif
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0, limit.rlim_cur != rlim_t.max else { return nil }
    return UInt64(limit.rlim_cur)
  }
}
