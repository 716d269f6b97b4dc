import ClawCore
import ClawStore

/// Everything that is stored when a message is accepted, in one transaction. Where nothing has to be waited for, the
/// run begins in that same transaction.
struct AcceptRequest: Sendable {
  /// In whose name a run may begin at once.
  struct Claim: Sendable {
    let owner: NodeID
    let until: Timestamp
  }

  struct Stored: Sendable {
    let receipt: AcceptedRun
    /// The run has begun.
    var start: StartedRun?
  }

  let run: RunID
  let address: SessionAddress
  let inbound: Inbound
  /// Who sent it.
  let actor: RunActor
  /// The model that the caller named, as it was found; nil leaves it to the agent.
  let model: ModelReference?
  let source: String
  let fingerprint: String
  /// Nil if there is no room for it: the run waits for its turn.
  let claim: Claim?
  let now: Timestamp

  /// - Parameter then: Given what was stored, once it is known.
  func store(
    in transaction: TenantTransaction, of engine: EngineParts, then: @escaping (Stored) throws -> Void = { _ in }
  ) throws {
    if let repeated = try repetition(in: transaction, retention: engine.configuration.idempotencyRetention) {
      return try then(Stored(receipt: repeated))
    }
    if let stored = try deliverToRunningRun(in: transaction, of: engine) { return try then(stored) }
    try transaction.sessions.reserveMessages(
      inbound.context.count + 1, in: address, newID: .generate(at: now), channel: source,
      eventBase: engine.hub.eventBase.load(ordering: .relaxed), runs: 1, startEvents: claim == nil ? 0 : 1,
      isEphemeral: inbound.isEphemeral, at: now
    ) { reservation in
      try then(store(with: reservation, in: transaction, of: engine))
    }
  }

  private func store(
    with reservation: SessionRepository.Reservation, in transaction: TenantTransaction, of engine: EngineParts
  ) throws -> Stored {
    let counters = reservation.counters
    guard let version = reservation.agentVersion else {
      throw ClawError(.notFound, "agent not found: \(inbound.agent)")
    }
    guard !inbound.isEphemeral || reservation.isEphemeral else {
      throw ClawError(
        .failedPrecondition, "the session \(address.key) is kept, so a message to it can't leave nothing behind")
    }
    try engine.rateLimit.take(for: address.user, in: transaction, at: now)
    let maxQueued = engine.configuration.maxQueuedPerSession
    guard counters.pending <= maxQueued else { throw Self.tooManyWaiting(maxQueued) }
    try addMessages(counters, in: transaction, of: engine)
    let isStarted = claim != nil && counters.pending == 1
    let agent = try agent(version, in: transaction, engine.agents)
    let options = options(for: agent, engine)
    let record = try transaction.runs.add(
      NewRun(
        id: run, address: address, session: counters.id, source: source, lane: inbound.lane,
        options: options, messageSeq: counters.lastMessageSeq, actor: actor, replyTo: inbound.replyTo,
        parent: inbound.parent, depth: try depth(in: transaction)),
      isStarted: isStarted, at: now)
    let receipt = AcceptedRun(
      run: run, address: address, headSeq: counters.headSeq - (isStarted ? 1 : 0), isRepetition: false)
    guard isStarted, let claim else {
      let hub = engine.hub
      transaction.afterCommit { [address] in hub.willBegin(after: counters.headSeq, in: address) }
      try transaction.queue.add(
        run, of: address.tenant, user: address.user, mailbox: counters.id, position: counters.lastMessageSeq,
        lane: inbound.lane)
      return Stored(receipt: receipt)
    }
    return Stored(receipt: receipt, start: try begin(record, agent, counters, claim, in: transaction, of: engine))
  }

  private func depth(in transaction: TenantTransaction) throws -> Int {
    guard let parent = inbound.parent else { return 0 }
    guard let above = try transaction.runs.depth(of: parent) else {
      throw ClawError(.notFound, "run not found: \(parent)")
    }
    return above + 1
  }

  static func tooManyWaiting(_ limit: Int) -> ClawError {
    ClawError(
      .resourceExhausted, "\(limit) messages wait in this session already; let the agent answer first",
      retryAfter: .seconds(5))
  }

  /// How the run is to be done, with the models as they were found.
  func options(for agent: Agent, _ engine: EngineParts) -> RunOptions {
    var options = inbound.options
    options.candidates = model.map { [$0] } ?? engine.candidates(of: agent)
    options.model = nil
    return options
  }

  private func addMessages(
    _ counters: SessionCounters, in transaction: TenantTransaction, of engine: EngineParts
  ) throws {
    let bodies = inbound.context.map { (body: $0, run: RunID?.none) } + [(.user(inbound.message), run)]
    let rows = bodies.enumerated().map { offset, entry in
      TranscriptMessage(
        seq: counters.lastMessageSeq - Int64(bodies.count - 1 - offset), id: .generate(at: now), run: entry.run,
        createdAt: now, body: entry.body)
    }
    try transaction.messages.add(rows, to: counters.id)
    let (transcripts, session) = (engine.transcripts, counters.id)
    let isWhole = rows[0].seq <= counters.windowStartSeq
    transaction.afterCommit { transcripts.append(rows, to: session, isWhole: isWhole) }
  }

  /// The run begins: it is this node's from the start, and its first event is the number that was kept free for it.
  private func begin(
    _ record: RunRecord, _ agent: Agent, _ counters: SessionCounters, _ claim: Claim,
    in transaction: TenantTransaction, of engine: EngineParts
  ) throws -> StartedRun {
    let lease = try transaction.queue.addClaimed(
      run, of: address.tenant, user: address.user, mailbox: counters.id, position: counters.lastMessageSeq,
      lane: inbound.lane, by: claim.owner, until: claim.until)
    let candidates = record.options.candidates
    let event = RunEvent(
      address: address, seq: counters.headSeq, run: run, at: now,
      body: .started(
        model: candidates.first?.model ?? "", provider: candidates.first?.provider ?? "", source: source, attempt: 1))
    try transaction.events.add([event], to: counters.id)
    let hub = engine.hub
    transaction.afterCommit {
      hub.willBegin(after: event.seq - 1, in: event.address)
      hub.publish([event])
    }
    return StartedRun(
      lease: lease, record: record, agent: agent, candidates: candidates, startedAt: now,
      window: WindowBounds(start: counters.windowStartSeq, last: counters.lastMessageSeq))
  }

  /// The agent as it stands in the store, read only if it was changed since it was last read.
  private func agent(
    _ version: AgentVersion, in transaction: TenantTransaction, _ known: AgentCache
  ) throws -> Agent {
    if let agent = known.agent(version) { return agent }
    guard let agent = try transaction.agents.agent(inbound.agent) else {
      throw ClawError(.notFound, "agent not found: \(inbound.agent)")
    }
    transaction.afterCommit { known.put(agent) }
    return agent
  }

  private func repetition(in transaction: TenantTransaction, retention: Duration) throws -> AcceptedRun? {
    guard let key = inbound.idempotencyKey else { return nil }
    let since = Timestamp(milliseconds: now.milliseconds - retention.milliseconds)
    let claim = try transaction.idempotency.claim(
      key, of: address.user, fingerprint: fingerprint, run: run, since: since, at: now)
    guard case .used(let usedFingerprint, let usedRun, let ifUnread) = claim else { return nil }
    guard usedFingerprint == fingerprint else {
      throw ClawError(
        .alreadyExists, field: .idempotencyKey, "was used with another message, agent, session or other options",
        details: [.run: .string(usedRun.rawValue)])
    }
    let oldest = try transaction.sessions.counters(of: address)?.oldestSeq ?? 1
    // A message that the run under way did not read has a run of its own by now.
    if let ifUnread, try transaction.runs.header(of: ifUnread) != nil {
      return AcceptedRun(run: ifUnread, address: address, headSeq: oldest - 1, isRepetition: true)
    }
    return AcceptedRun(
      run: usedRun, address: address, headSeq: oldest - 1, isRepetition: true, ifUnread: ifUnread)
  }
}
