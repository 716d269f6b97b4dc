import ClawCore
import ClawStore

extension Engine {
  /// Stops runs. Runs on this node are stopped before anything is written, since the store may be full or unresponsive.
  /// The request is stored afterwards, for other nodes and for queued runs, and retried until the store accepts it.
  public func abort(_ target: AbortTarget, as principal: Principal) async throws -> [RunID] {
    let wish = try AbortRequest(target, as: principal, engine: parts)
    let (here, now) = (wish.stopHere(), parts.time.now)
    let written = PendingResult<[RunID]>()
    let ticket = parts.work.start { [parts] in
      do {
        written.put(.success(try await wish.write(stoppedHere: here)))
      } catch let error as ClawError where error.isOutage && !here.isEmpty {
        written.put(.success(here))
        _ = try? await parts.persistently { try await wish.write(stoppedHere: here, acceptedUpTo: now) }
      } catch {
        written.put(.failure(error))
      }
    }
    guard let ticket else { throw Self.storeIsSilent }
    guard let answer = await written.wait(within: parts.configuration.abortTimeout) else {
      guard here.isEmpty else { return here }
      parts.work.cancel(ticket)
      throw Self.storeIsSilent
    }
    let runs = try answer.get()
    wake.signal(Lane.allCases)
    return runs
  }

  private static let storeIsSilent = ClawError(
    .unavailable, "the gateway's database does not answer right now; try again", retryAfter: .seconds(1))
}

/// A request to abort a run, or all queued and running runs of a session.
struct AbortRequest: Sendable {
  private let target: AbortTarget
  private let principal: Principal
  private let engine: EngineParts
  /// The session to abort; nil if the target is a run.
  private let address: SessionAddress?

  /// - Throws: ``ClawError`` `forbidden` if the principal has no access to the session.
  init(_ target: AbortTarget, as principal: Principal, engine: EngineParts) throws(ClawError) {
    self.target = target
    self.principal = principal
    self.engine = engine
    if case .session(let key, let user) = target {
      address = SessionAddress(tenant: principal.tenant, user: try principal.acting(for: user), key: key)
    } else {
      address = nil
    }
  }

  /// Stops those of the runs that are running in this process; returns them.
  func stopHere() -> [RunID] {
    switch target {
    case .run(let id):
      engine.registry.stop(.abort) { run, other in
        run == id && other.tenant == principal.tenant && principal.maySee(other.user)
      }
    case .session:
      engine.registry.stop(.abort) { _, other in other == address }
    }
  }

  /// Ends the queued runs, and stores the request for runs in progress on any node.
  /// - Parameters:
  ///   - here: Runs stopped in this process, which may have ended by now.
  ///   - time: Runs accepted later are excluded; nil if there can be none.
  /// - Returns: The runs that end because of it; without those that had ended before.
  func write(stoppedHere here: [RunID], acceptedUpTo time: Timestamp? = nil) async throws -> [RunID] {
    let now = engine.time.now
    let (stopped, running) = try await engine.store.tenant(principal.tenant).write { transaction in
      let targets = try targets(in: transaction).filter { run in time.map { run.id.isMade(upTo: $0) } ?? true }
      let ends = try targets.map { run in (run: run.id, end: try abort(run, in: transaction, at: now)) }
      let stopped = ends.filter { $0.end != .over }.map(\.run)
      let ended = try here.filter { run in
        try !stopped.contains(run) && transaction.runs.header(of: run)?.state == .aborted
      }
      return (stopped + ended, ends.filter { $0.end == .requested }.map(\.run))
    }
    for run in running {
      engine.registry.stop(run, .abort)
      engine.peers.notify(.abort(principal.tenant, run))
    }
    return stopped
  }

  private func targets(in transaction: TenantTransaction) throws -> [RunHeader] {
    guard let address else {
      guard case .run(let id) = target, let header = try transaction.runs.lockedHeader(of: id),
        principal.maySee(header.address.user)
      else { throw notFound }
      return header.isOver ? [] : [header]
    }
    guard let counters = try transaction.sessionLocks.lock(address), counters.exists else { throw notFound }
    return try transaction.runs.unfinishedHeaders(of: counters.id)
  }

  private var notFound: ClawError {
    switch target {
    case .run(let id): ClawError(.notFound, "run not found: \(String(id.rawValue.prefix(64)))")
    case .session(let key, _): ClawError(.notFound, "session not found: \(key)")
    }
  }

  private enum End {
    /// It was queued, and has ended in this transaction.
    case ended
    /// It is running on some node, and was requested to stop.
    case requested
    /// It had ended before.
    case over
  }

  private func abort(_ header: RunHeader, in transaction: TenantTransaction, at now: Timestamp) throws -> End {
    if try RunTermination.abort.endIdle(header, in: transaction, of: engine, at: now) { return .ended }
    return try transaction.runs.requestAbort(header.id) ? .requested : .over
  }
}

extension Error {
  /// Whether the store could not be reached, or rejects writes.
  var isOutage: Bool {
    guard let error = self as? ClawError else { return false }
    return error.code == .unavailable && error.kind == .infrastructure
  }
}
