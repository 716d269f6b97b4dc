import ClawCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What one thread of the pool does: transactions, on a connection that it makes and replaces as need be.
final class PostgresWorker {
  private let configuration: PostgresConfiguration
  private let watch: PostgresMonitor
  private var connection: PostgresConnection?
  /// As whom it leaves marks, and how many it has left.
  private let id = (0..<2).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined(separator: "-")
  private var marks: Int64 = 0
  /// When its row was last written with the time, which keeps it from being swept away.
  private var lastMarked: ContinuousClock.Instant?

  /// How often a transaction is done again that was in another's way.
  private static let maxConflicts = 10
  /// Between two tries to reach a database that is away.
  private static let reconnectPause: Duration = .milliseconds(50)
  /// Well below the day after which marks are forgotten.
  private static let markRefresh: Duration = .seconds(3_600)
  /// How many changes that refuse to go on are put aside before those that they share with are done alone, too.
  private static let maxPutAside = 2
  /// How long it is asked what became of a COMMIT that got no answer.
  private static let commitPatience: Duration = .seconds(60)

  init(_ configuration: PostgresConfiguration, _ watch: PostgresMonitor) {
    self.configuration = configuration
    self.watch = watch
  }

  /// How a try ended that may be followed by another.
  private enum Outcome<T> {
    case done(T)
    /// The database took nothing of it, for certain.
    case again(DatabaseError)
    /// It is wrong, by what a part of it said if that is known; nothing of it is kept.
    case refused(any Error, part: Int?)
  }

  /// One transaction, done again where it is certain that nothing of it is kept.
  /// - Parameter deadline: Until when the database is waited for.
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

  /// Several changes of one scope as one transaction. Each is told how it went.
  /// - Returns: Those with which nothing was done: one that refused to go on, or all. Each has to be done alone.
  func perform(_ scope: DatabaseScope, together shares: [GroupedWrite]) -> [GroupedWrite] {
    let deadline = shares.map(\.deadline).max() ?? .now
    var (shares, aside) = (shares, [GroupedWrite]())
    do {
      while aside.count <= Self.maxPutAside {
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
    // A body that went on after a failed statement must not make us believe in a commit.
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

  /// Takes back what was begun.
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
      // What is prepared may be what is wrong.
      if failure.isStalePlan { self.connection = nil }
      return .again(failure)
    }
    return .refused((error as? DatabaseError)?.claw ?? error, part: part)
  }

  /// Whether a transaction whose COMMIT got no answer is kept.
  /// - Parameter number: Of one that has no mark.
  /// - Throws: ``ClawError`` `internalError` if that can't be found out. Not `unavailable`: that would say that nothing
  ///   was done, and whoever tries again on that word would do it twice.
  private func isKept(
    _ mark: CommitMark?, number: String?, until deadline: ContinuousClock.Instant
  ) throws -> Bool {
    let unknown = ClawError(
      .internalError, "the gateway's database was lost during the change, and it is not known whether it was kept")
    // Worth more patience than something new: whoever waits has an answer coming.
    let deadline = max(deadline, .now + Self.commitPatience)
    while true {
      guard let connection = try? connected(until: deadline) else { throw unknown }
      do {
        if let mark {
          let last = try connection.lastMark(of: mark.worker, configuration)
          // Another database stands in its place that never heard of this worker.
          if last == 0, !mark.isFirst { throw unknown }
          return last == mark.number
        }
        guard let number else { throw unknown }
        switch try connection.run(PostgresTransaction.status(of: number)) {
        case "committed": return true
        case "aborted": return false
        // Its server process has not noticed yet.
        case "in progress": break
        default: throw unknown
        }
      } catch let error as DatabaseError {
        // The server came back and has never heard of it.
        if mark == nil, error.code == Int("22023", radix: 36) { return false }
        // Gone again, or what the answer waits for takes its time.
        self.connection = nil
      }
      guard ContinuousClock.now < deadline else { throw unknown }
      Self.pause(Self.reconnectPause)
    }
  }

  /// Blocks, on a thread that has nothing else to do.
  private static func pause(_ time: Duration) {
    usleep(UInt32(clamping: time.milliseconds * 1000))
  }
}
