import ClawCore
import ClawStore

extension Engine {
  public func outcome(of run: RunID, as principal: Principal) async throws -> RunOutcome {
    let check: @Sendable () async throws -> RunOutcome? = { [parts] in
      try await parts.store.tenant(principal.tenant).read { transaction in
        guard let record = try transaction.runs.run(run), principal.maySee(record.address.user) else {
          throw ClawError(.notFound, "run not found: \(run)")
        }
        return try record.state.isTerminal ? Self.outcome(of: record, in: transaction) : nil
      }
    }
    let outcome = try await parts.registry.wait(
      for: run, of: principal.tenant, isVisible: { $0.tenant == principal.tenant && principal.maySee($0.user) },
      or: check)
    guard let outcome else { throw CancellationError() }
    return outcome
  }

  private static func outcome(of record: RunRecord, in transaction: TenantTransaction) throws -> RunOutcome {
    var content = ""
    if let seq = record.answerSeq, let message = try transaction.messages.message(seq, of: record.session),
      case .assistant(let answer) = message.body
    {
      content = answer.text
    }
    return RunOutcome(
      run: record.id, session: record.address.key, state: record.state, content: content, usage: record.usage,
      iterations: record.iterations, stopReason: record.stopReason, model: record.model, failure: record.failure)
  }

  public func history(
    of session: SessionKey, user: UserID?, limit: Int, before: Int64?, as principal: Principal
  ) async throws -> HistoryPage {
    let address = SessionAddress(tenant: principal.tenant, user: try principal.acting(for: user), key: session)
    guard (1...500).contains(limit) else { throw ClawError(.invalidRequest, "limit must be 1 to 500") }
    return try await parts.store.tenant(address.tenant).read { transaction in
      guard let counters = try transaction.sessions.counters(of: address) else {
        return HistoryPage(messages: [], nextBefore: nil, resumeSeq: 0)
      }
      // One more than asked for tells whether there is a page before.
      let rows = try transaction.messages.page(of: counters.id, before: before ?? .max, limit: limit + 1)
      let messages = Array(rows.suffix(limit))
      return HistoryPage(
        messages: messages, nextBefore: rows.count > limit ? messages.first?.seq : nil,
        resumeSeq: counters.resumeSeq)
    }
  }

  public func abort(_ target: AbortTarget, as principal: Principal) async throws -> [RunID] {
    let now = parts.time.now
    let runs = try await parts.store.tenant(principal.tenant).write { [parts] transaction in
      try Self.targets(of: target, in: transaction, principal).map { record in
        (record.id, try Self.abort(record, in: transaction, of: parts, now: now))
      }
    }
    for (run, isRunning) in runs where isRunning {
      parts.registry.stop(run, .abort)
      parts.peers.tell(.abort(principal.tenant, run))
    }
    wake.signal(Lane.allCases)
    return runs.map(\.0)
  }

  private static func targets(
    of target: AbortTarget, in transaction: TenantTransaction, _ principal: Principal
  ) throws -> [RunRecord] {
    switch target {
    case .run(let id):
      guard let record = try transaction.runs.run(id), principal.maySee(record.address.user) else {
        throw ClawError(.notFound, "run not found: \(String(id.rawValue.prefix(64)))")
      }
      return record.state.isTerminal ? [] : [record]
    case .session(let key, let user):
      let address = SessionAddress(tenant: principal.tenant, user: try principal.acting(for: user), key: key)
      guard let counters = try transaction.sessions.counters(of: address), counters.exists else {
        throw ClawError(.notFound, "session not found: \(key)")
      }
      return try transaction.runs.unfinished(of: counters.id)
    }
  }

  /// Ends a run that waits at once; notes the wish for one that runs. Returns whether it runs.
  private static func abort(
    _ record: RunRecord, in transaction: TenantTransaction, of engine: EngineParts, now: Timestamp
  ) throws -> Bool {
    guard record.attempt == 0, try transaction.queue.removeUnowned(record.id, now: now) else {
      return try transaction.runs.requestAbort(record.id)
    }
    let outcome = RunOutcome(
      run: record.id, session: record.address.key, state: .aborted, content: "", usage: TokenUsage(), iterations: 0,
      failure: ExecuteRun.abortion)
    try transaction.runs.end(record.id, as: RunEnd(outcome, hasAnswer: false), at: now)
    let isBusy = try transaction.queue.head(of: record.session, now: now)?.isRunning ?? false
    // While another run of the session speaks, what it says is not in the transcript yet.
    let numbers = try transaction.sessions.advance(
      record.session, by: .init(events: 1, isInTranscript: !isBusy, endedRuns: 1), at: now)
    try transaction.queue.promote(record.session)
    let event = RunEvent(
      address: record.address, seq: numbers.lastEvent, run: record.id, at: now, body: .failed(ExecuteRun.abortion))
    try transaction.events.add([event], to: record.session)
    transaction.afterCommit { [address = record.address] in
      engine.hub.publish([event])
      engine.ended(outcome, in: address)
    }
    return false
  }
}

extension Principal {
  /// Whether the things of a user are the principal's to see: their own, and for admins those of their tenant.
  func maySee(_ other: UserID) -> Bool {
    role == .admin || user == other
  }
}
