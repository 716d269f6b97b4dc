import DequeModule
import Dispatch
import Synchronization

/// The one connection that writes. Whatever waits is done in one transaction and made durable together; each piece has
/// a savepoint of its own, so that one that fails takes nothing else with it.
///
/// `@unchecked Sendable`: `connection` is touched on `queue` alone, which is serial; `waiting` is a lock.
final class SQLiteWriter: @unchecked Sendable {
  /// A write that waits: does its part, then learns how the commit went.
  struct Job {
    let perform: (SQLiteConnection) throws -> Void
    let finish: (_ commitError: (any Error)?) -> Void
  }

  private struct Waiting {
    var jobs: Deque<Job> = []
    var isScheduled = false
    var isClosed = false
  }

  private let queue = DispatchQueue(label: "swiftclaw.sqlite.writer", qos: .userInitiated)
  private let waiting = Mutex(Waiting())
  private let maxGroup: Int
  private var connection: SQLiteConnection?

  init(connection: sending SQLiteConnection, maxGroup: Int) {
    self.connection = connection
    self.maxGroup = maxGroup
  }

  /// False if the writer is closed; the job is then not kept. The queue of waiting jobs is bounded by the callers: each
  /// waits for its own.
  func enqueue(_ job: sending Job) -> Bool {
    let job = UncheckedBox(job)
    let (isAccepted, mustSchedule) = waiting.withLock { waiting in
      guard !waiting.isClosed else { return (false, false) }
      waiting.jobs.append(job.value)
      defer { waiting.isScheduled = true }
      return (true, !waiting.isScheduled)
    }
    if mustSchedule { queue.async { self.drain() } }
    return isAccepted
  }

  func close(_ done: @escaping @Sendable () -> Void) {
    waiting.withLock { $0.isClosed = true }
    queue.async {
      self.drain()
      self.connection = nil
      done()
    }
  }

  private func drain() {
    while true {
      let group = waiting.withLock { waiting -> [Job] in
        let count = min(waiting.jobs.count, maxGroup)
        if count == 0 { waiting.isScheduled = false }
        let group = Array(waiting.jobs.prefix(count))
        waiting.jobs.removeFirst(count)
        return group
      }
      guard !group.isEmpty else { return }
      commit(group)
    }
  }

  private func commit(_ group: [Job]) {
    guard let connection else {
      let closed = DatabaseError(kind: .closed, code: 0, message: "closed")
      return group.forEach { $0.finish(closed.claw) }
    }
    var failures: [Int: any Error] = [:]
    do {
      try connection.execute("BEGIN IMMEDIATE", [])
      for (index, job) in group.enumerated() {
        if let failure = try perform(job, on: connection, isAlone: group.count == 1) { failures[index] = failure }
      }
      try connection.execute(failures.count == group.count ? "ROLLBACK" : "COMMIT", [])
    } catch {
      if !connection.isAutocommit { try? connection.run("ROLLBACK") }
      _ = connection.takeCommitActions()
      return group.forEach { $0.finish(error.claw) }
    }
    connection.takeCommitActions().forEach { $0() }
    for (index, job) in group.enumerated() { job.finish(failures[index]) }
  }

  /// Returns what the job threw; throws if the transaction as a whole can't go on.
  private func perform(
    _ job: Job, on connection: SQLiteConnection, isAlone: Bool
  ) throws(DatabaseError) -> (any Error)? {
    let actions = connection.commitActionCount
    // A job that is alone is the transaction; it needs no savepoint.
    if !isAlone { try connection.execute("SAVEPOINT job", []) }
    do {
      try job.perform(connection)
    } catch {
      if let error = error as? DatabaseError, connection.isAutocommit { throw error }
      connection.dropCommitActions(after: actions)
      if !isAlone {
        try connection.execute("ROLLBACK TO job", [])
        try connection.execute("RELEASE job", [])
      }
      return (error as? DatabaseError)?.claw ?? error
    }
    if !isAlone { try connection.execute("RELEASE job", []) }
    return nil
  }
}

/// Carries a value into a lock. `@unchecked Sendable`: made and opened in one call, never shared.
private struct UncheckedBox<Value>: @unchecked Sendable {
  let value: Value

  init(_ value: Value) { self.value = value }
}
