import ClawCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Runs transactions on one thread of the pool, with a connection that it opens and replaces as needed.
final class PostgresWorker {
  private let configuration: PostgresConfiguration
  private let watch: PostgresMonitor
  private var connection: PostgresConnection?
  /// The ID under which it writes marks, and how many it has written.
  private let id = (0..<2).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined(separator: "-")
  private var marks: Int64 = 0
  /// When its mark was last written with a timestamp, which protects it from cleanup.
  private var lastMarked: ContinuousClock.Instant?

  /// Most retries after a serialization failure or deadlock.
  private static let maxConflicts = 10
  /// Pause between reconnect attempts.
  private static let reconnectPause: Duration = .milliseconds(50)
  /// Well below the day after which marks are deleted.
  private static let markRefresh: Duration = .seconds(3_600)
  /// How many rejected writes are removed from a group before the rest are run alone as well.
  private static let maxRetriedAlone = 2
  /// How long to query the outcome of a COMMIT that got no answer.
  private static let commitPatience: Duration = .seconds(60)

  init(_ configuration: PostgresConfiguration, _ watch: PostgresMonitor) {
    self.configuration = configuration
    self.watch = watch
  }

  /// The outcome of an attempt that may be retried.
  private enum Outcome<T> {
    case done(T)
    /// The transaction was certainly rolled back.
    case again(DatabaseError)
    /// Rejected, with the part at fault if known; the transaction was rolled back.
    case refused(any Error, part: Int?)
  }

  /// Runs one transaction, and retries it if it was certainly rolled back.
  /// - Parameter deadline: How long to wait for the database.
  func perform<T>(
    _ scope: DatabaseScope, writes: Bool, until deadline: ContinuousClock.Instant,
    _ body: (any DatabaseConnection) throws -> T
  ) throws -> T {
    var conflicts = 0
    while true {
      let connection = try connected(until: deadline)
      let outcome = try attempt(scope, writes: writes, on: connection, until: deadline, body)
      switch outcome {
      case .done(let value): return value
      case .refused(let error, _): throw error
      case .again(let error):
        if error.kind == .conflict {
          conflicts += 1
          guard conflicts < Self.maxConflicts else { throw error.claw }
          Self.pause(.milliseconds(Int64.random(in: 1...(4 << min(conflicts, 5)))))
        } else {
          guard ContinuousClock.now < deadline else { throw error.claw }
        }
      }
    }
  }

  /// Runs several writes of one scope as one transaction and reports the outcome to each.
  /// - Returns: Writes that were not done: a rejected one, or all. Each must be run alone.
  func perform(_ scope: DatabaseScope, together shares: [GroupedWrite]) -> [GroupedWrite] {
    let deadline = shares.map(\.deadline).max() ?? .now
    var (shares, aside) = (shares, [GroupedWrite]())
    do {
      while aside.count <= Self.maxRetriedAlone {
        let connection = try connected(until: deadline)
        let outcome = try attempt(scope, writes: true, isShared: true, on: connection, until: deadline) { _ in
          try shares.map { share in
            connection.beginPart()
            return try share.begin(connection)
          }
        }
        switch outcome {
        case .done(let finish):
          for finish in finish { finish() }
          return aside
        case .refused(_, let part?) where shares.indices.contains(part - 1):
          aside.append(shares.remove(at: part - 1))
        case .refused, .again: return shares + aside
        }
      }
    } catch {
      for share in shares { share.fail(error) }
      return aside
    }
    return shares + aside
  }

  private func connected(until deadline: ContinuousClock.Instant) throws -> PostgresConnection {
    if let connection, connection.isTrusted { return connection }
    connection = nil
    while true {
      guard !watch.isStopped else { throw DatabaseError.closed.claw }
      do {
        let made = try PostgresConnection(configuration, watch)
        connection = made
        return made
      } catch {
        guard ContinuousClock.now + Self.reconnectPause < deadline else { throw error.claw }
        Self.pause(Self.reconnectPause * Double.random(in: 0.5...1.5))
      }
    }
  }

  private func attempt<T>(
    _ scope: DatabaseScope, writes: Bool, isShared: Bool = false, on connection: PostgresConnection,
    until deadline: ContinuousClock.Instant, _ body: (any DatabaseConnection) throws -> T
  ) throws -> Outcome<T> {
    var mark: CommitMark?
    if writes, scope != .owner {
      marks += 1
      mark = CommitMark(
        worker: id, number: marks, isFirst: lastMarked.map { .now > $0 + Self.markRefresh } ?? true)
    }
    let value: T
    do {
      try connection.begin(scope, writes: writes, isShared: isShared, mark: mark, configuration)
      value = try body(connection)
    } catch {
      return undo(connection, after: error)
    }
    // A body that ignored a failed statement must not make us report a commit.
    if let failure = connection.failure { return undo(connection, after: failure) }
    do {
      try connection.commit()
    } catch {
      guard connection.isCommitUnknown else { return undo(connection, after: error) }
      let actions = connection.takeCommitActions()
      self.connection = nil
      guard writes else { return .done(value) }
      guard try isKept(mark, number: connection.transactionID, until: deadline) else {
        return .again(connection.failure ?? DatabaseError(kind: .io, code: 0, message: "the connection is lost"))
      }
      actions.forEach { $0() }
      return .done(value)
    }
    if mark?.isFirst == true { lastMarked = .now }
    connection.takeCommitActions().forEach { $0() }
    return .done(value)
  }

  /// Rolls the transaction back.
  private func undo<T>(_ connection: PostgresConnection, after error: any Error) -> Outcome<T> {
    let part = connection.refusedPart
    connection.leavePipeline()
    let failure = connection.failure ?? error as? DatabaseError
    if connection.isAlive, !connection.isIdle { _ = try? connection.run("ROLLBACK") }
    guard connection.isAlive, connection.isIdle else {
      self.connection = nil
      return failure.map { .again($0) } ?? .refused(error, part: part)
    }
    if let failure, failure.kind == .conflict {
      // The prepared statements may be at fault.
      if failure.isStalePlan { self.connection = nil }
      return .again(failure)
    }
    return .refused((error as? DatabaseError)?.claw ?? error, part: part)
  }

  /// Whether a transaction whose COMMIT got no answer was committed.
  /// - Parameter number: Transaction ID, if there is no mark.
  /// - Throws: ``ClawError`` `internalError` if that can't be determined. Not `unavailable`: that would mean that
  ///   nothing
  ///   was done, and a client that retries would do it twice.
  private func isKept(
    _ mark: CommitMark?, number: String?, until deadline: ContinuousClock.Instant
  ) throws -> Bool {
    let unknown = ClawError(
      .internalError, "the database connection was lost during the commit; the outcome is unknown")
    // Waits longer than for new work: the caller is owed an outcome.
    let deadline = max(deadline, .now + Self.commitPatience)
    while true {
      guard let connection = try? connected(until: deadline) else { throw unknown }
      do {
        if let mark {
          let last = try connection.lastMark(of: mark.worker, configuration)
          // A different database, which has never seen this worker.
          if last == 0, !mark.isFirst { throw unknown }
          return last == mark.number
        }
        guard let number else { throw unknown }
        switch try connection.run(PostgresTransaction.status(of: number)) {
        case "committed": return true
        case "aborted": return false
        // The backend has not yet noticed the lost connection.
        case "in progress": break
        default: throw unknown
        }
      } catch let error as DatabaseError {
        // The server restarted and does not know the transaction.
        if mark == nil, error.code == Int("22023", radix: 36) { return false }
        // The connection is lost again, or the query for the outcome timed out.
        self.connection = nil
      }
      guard ContinuousClock.now < deadline else { throw unknown }
      Self.pause(Self.reconnectPause)
    }
  }

  /// Blocks; the thread has no other work.
  private static func pause(_ time: Duration) {
    usleep(UInt32(clamping: time.milliseconds * 1000))
  }
}
