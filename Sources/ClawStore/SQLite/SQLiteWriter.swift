import DequeModule
import Dispatch
import Synchronization

/// The one writing connection. All waiting writes share one transaction and one commit. If one fails, the group is
/// repeated with a savepoint for each write, which costs twice as much but only after a failure.
///
/// `@unchecked Sendable`: `connection` is accessed on `queue` alone, which is serial; `waiting` is a lock.
final class SQLiteWriter: @unchecked Sendable {
  /// A waiting write: runs its statements, then receives the outcome of the commit.
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
  private let file: SQLiteFile
  private let limits: SQLiteLimits
  private var connection: SQLiteConnection?

  init(connection: sending SQLiteConnection, file: SQLiteFile, maxGroup: Int) {
    limits = connection.limits
    self.connection = connection
    self.file = file
    self.maxGroup = maxGroup
  }

  /// False if the writer is closed; the job is then dropped. The queue is bounded by the callers: each waits for its
  /// own job.
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
    limits.close()
    queue.async {
      self.drain()
      self.connection = nil
      done()
    }
  }

  /// Checks whether the file is still the one that is open.
  func look() async {
    await withCheckedContinuation { continuation in
      queue.async {
        if let connection = self.connection { self.file.look(connection) }
        continuation.resume()
      }
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
    // Writes to a file that was unlinked or is unreadable would be lost silently.
    if let fault = file.look(connection) { return group.forEach { $0.finish(fault.claw) } }
    do throws(DatabaseError) {
      var failures = try performTogether(group, on: connection)
      if failures == nil { failures = try performApart(group, on: connection) }
      connection.takeCommitActions().forEach { $0() }
      for (index, job) in group.enumerated() { job.finish(failures?[index]) }
    } catch {
      if !connection.isAutocommit { try? connection.run("ROLLBACK") }
      _ = connection.takeCommitActions()
      file.note(error)
      group.forEach { $0.finish(error.claw) }
      // Writes that queued meanwhile have waited for the full lock timeout as well.
      if error.kind == .locked { takeAll().forEach { $0.finish(error.claw) } }
    }
  }

  private func takeAll() -> [Job] {
    waiting.withLock { waiting in
      defer { waiting.jobs = [] }
      return Array(waiting.jobs)
    }
  }

  /// Runs the group in one transaction. Nil if one of several failed; everything is then rolled back.
  private func performTogether(
    _ group: [Job], on connection: SQLiteConnection
  ) throws(DatabaseError) -> [Int: any Error]? {
    try connection.execute("BEGIN IMMEDIATE", [])
    for job in group {
      guard let failure = try perform(job, on: connection) else { continue }
      try connection.execute("ROLLBACK", [])
      _ = connection.takeCommitActions()
      return group.count == 1 ? [0: failure] : nil
    }
    try connection.execute("COMMIT", [])
    return [:]
  }

  /// Runs each of the group in a savepoint; returns the errors of those that failed.
  private func performApart(
    _ group: [Job], on connection: SQLiteConnection
  ) throws(DatabaseError) -> [Int: any Error] {
    var failures: [Int: any Error] = [:]
    try connection.execute("BEGIN IMMEDIATE", [])
    for (index, job) in group.enumerated() {
      let actions = connection.commitActionCount
      try connection.execute("SAVEPOINT job", [])
      if let failure = try perform(job, on: connection) {
        failures[index] = failure
        connection.dropCommitActions(after: actions)
        try connection.execute("ROLLBACK TO job", [])
      }
      try connection.execute("RELEASE job", [])
    }
    try connection.execute(failures.count == group.count ? "ROLLBACK" : "COMMIT", [])
    return failures
  }

  /// Returns the job's error; throws if SQLite has rolled back the transaction on its own.
  private func perform(_ job: Job, on connection: SQLiteConnection) throws(DatabaseError) -> (any Error)? {
    do {
      try job.perform(connection)
      return nil
    } catch {
      if let error = error as? DatabaseError {
        file.note(error)
        if connection.isAutocommit { throw error }
      }
      return (error as? DatabaseError)?.claw ?? error
    }
  }
}

/// Carries a value into a lock. `@unchecked Sendable`: created and unwrapped in one call, never shared.
private struct UncheckedBox<Value>: @unchecked Sendable {
  let value: Value

  init(_ value: Value) { self.value = value }
}
