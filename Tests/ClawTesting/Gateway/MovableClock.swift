import ClawCore
import Synchronization

/// A clock that moves only when told to.
public final class MovableClock: Sendable {
  private let milliseconds: Mutex<Int64>

  /// 14 November 2023, 22:13:20 UTC by default.
  public init(_ milliseconds: Int64 = 1_700_000_000_000) { self.milliseconds = Mutex(milliseconds) }

  public var now: Timestamp { Timestamp(milliseconds: milliseconds.withLock { $0 }) }
  public var source: TimeSource { TimeSource { self.now } }

  public func advance(by duration: Duration) { milliseconds.withLock { $0 += duration.milliseconds } }
}
