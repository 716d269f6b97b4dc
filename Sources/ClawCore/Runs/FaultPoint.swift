#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The durable points of a run. A debug build kills itself, as `kill -9` would, at the point named by
/// `SWIFTCLAW_CRASH_AT`, so that the crash tests can prove that nothing is lost there; not in release builds.
public enum FaultPoint: String, Sendable, CaseIterable {
  case accepted, started, textStored, replyStored, toolResultStored, beforeEnd, ended
  /// Only in a run that receives a message while it is running.
  case inboxRead

  /// Called right after the commit.
  @inline(__always)
  public func reached() {
    #if DEBUG
      if Self.armed == self { kill(getpid(), SIGKILL) }
    #endif
  }

  #if DEBUG
    private static let armed = getenv("SWIFTCLAW_CRASH_AT").flatMap { FaultPoint(rawValue: String(cString: $0)) }
  #endif
}
