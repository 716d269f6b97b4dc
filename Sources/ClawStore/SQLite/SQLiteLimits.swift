import CSQLite
import Synchronization

/// How long one connection may wait for a lock, and how long a read on it may take. SQLite asks while it waits and works.
///
/// `@unchecked Sendable`: `waitingSince` and `deadline` are touched on the connection's thread alone.
final class SQLiteLimits: @unchecked Sendable {
  /// Time between two tries for a lock, in milliseconds.
  private static let tryInterval: Int32 = 20
  /// Steps of SQLite's virtual machine between two looks at the clock: a fraction of a millisecond.
  private static let stepsBetweenLooks: Int32 = 10_000

  private let busy: Duration
  private let busyAtClose: Duration
  private let isClosing = Atomic(false)
  private var waitingSince = ContinuousClock.now
  private var deadline: ContinuousClock.Instant?

  /// - Parameters:
  ///   - busy: How long it waits for a lock that another process or connection holds.
  ///   - busyAtClose: The same once ``close()`` was called.
  init(busy: Duration, busyAtClose: Duration) {
    self.busy = busy
    self.busyAtClose = busyAtClose
  }

  /// To be called once, by the connection that this belongs to and that keeps it for as long as it is open.
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

  /// What the connection does from here on is ended after `duration`; nil ends the limit.
  func limit(to duration: Duration?) {
    deadline = duration.map { .now + $0 }
  }

  /// Ends reads that have a limit, and shortens waits for locks. May be called on any thread.
  func close() {
    isClosing.store(true, ordering: .relaxed)
  }
}
