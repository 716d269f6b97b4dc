import CSQLite
import Synchronization

/// Lock timeout and read timeout of one connection, enforced in SQLite's busy and progress handlers.
///
/// `@unchecked Sendable`: `waitingSince` and `deadline` are accessed on the connection's thread alone.
final class SQLiteLimits: @unchecked Sendable {
  /// Time between two attempts to take a lock, in milliseconds.
  private static let tryInterval: Int32 = 20
  /// Virtual machine steps between two checks of the clock: a fraction of a millisecond.
  private static let stepsBetweenLooks: Int32 = 10_000

  private let busy: Duration
  private let busyAtClose: Duration
  private let isClosing = Atomic(false)
  private var waitingSince = ContinuousClock.now
  private var deadline: ContinuousClock.Instant?

  /// - Parameters:
  ///   - busy: How long to wait for a lock of another process or connection.
  ///   - busyAtClose: The same after ``close()``.
  init(busy: Duration, busyAtClose: Duration) {
    self.busy = busy
    self.busyAtClose = busyAtClose
  }

  /// Call it once, from the connection that owns this object and keeps it for as long as it is open.
  func install(on handle: OpaquePointer) {
    let context = Unmanaged.passUnretained(self).toOpaque()
    sqlite3_busy_handler(
      handle,
      { context, tries in
        guard let context else { return 0 }
        return Unmanaged<SQLiteLimits>.fromOpaque(context).takeUnretainedValue().mayWait(tries) ? 1 : 0
      }, context)
    sqlite3_progress_handler(
      handle, Self.stepsBetweenLooks,
      { context in
        guard let context else { return 0 }
        return Unmanaged<SQLiteLimits>.fromOpaque(context).takeUnretainedValue().isOver ? 1 : 0
      }, context)
  }

  private func mayWait(_ tries: Int32) -> Bool {
    if tries == 0 { waitingSince = .now }
    let limit = isClosing.load(ordering: .relaxed) ? min(busy, busyAtClose) : busy
    guard .now - waitingSince < limit else { return false }
    sqlite3_sleep(Self.tryInterval)
    return true
  }

  private var isOver: Bool {
    guard let deadline else { return false }
    return isClosing.load(ordering: .relaxed) || .now >= deadline
  }

  /// Aborts statements that run longer than `duration` from now; nil removes the limit.
  func limit(to duration: Duration?) {
    deadline = duration.map { .now + $0 }
  }

  /// Aborts reads that have a limit, and shortens lock waits. May be called on any thread.
  func close() {
    isClosing.store(true, ordering: .relaxed)
  }
}
