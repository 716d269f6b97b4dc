import ClawCore

/// All rows stored when a message is accepted, in one transaction. If the run need not wait, it starts in the same
/// transaction.
public struct AcceptBatch: Sendable {
  /// The owner of a run that starts at once.
  public struct Claim: Sendable {
    public let owner: NodeID
    public let until: Timestamp

    public init(owner: NodeID, until: Timestamp) {
      self.owner = owner
      self.until = until
    }
  }

  /// Settings common to all messages.
  public struct Rules: Sendable {
    public let rateLimit: RateLimit
    /// Messages that may be queued in one session.
    public let maxQueued: Int
    /// How long an idempotency key is stored.
    public let idempotencyRetention: Duration
    /// Cached agents.
    public let agents: AgentCache
    /// An agent's models, in order.
    public let candidates: @Sendable (Agent) -> [ModelReference]

    public init(
      rateLimit: RateLimit, maxQueued: Int, idempotencyRetention: Duration, agents: AgentCache,
      candidates: @escaping @Sendable (Agent) -> [ModelReference]
    ) {
      self.rateLimit = rateLimit
      self.maxQueued = maxQueued
      self.idempotencyRetention = idempotencyRetention
      self.agents = agents
      self.candidates = candidates
    }
  }

  /// The run that the message becomes.
  public let run: RunID
  public let address: SessionAddress
  public let inbound: Inbound
  /// The sender.
  public let actor: RunActor
  /// The model that the caller requested, resolved; nil leaves it to the agent.
  public let model: ModelReference?
  public let source: String
  /// Fingerprint of the request that the idempotency key stands for.
  public let fingerprint: String
  /// Nil if there is no free capacity: the run is queued.
  public let claim: Claim?
  /// The number after which a new session's events begin.
  public let eventBase: Int64
  public let rules: Rules
  public let now: Timestamp

  public init(
    run: RunID, address: SessionAddress, inbound: Inbound, actor: RunActor, model: ModelReference?, source: String,
    fingerprint: String, claim: Claim?, eventBase: Int64, rules: Rules, now: Timestamp
  ) {
    self.run = run
    self.address = address
    self.inbound = inbound
    self.actor = actor
    self.model = model
    self.source = source
    self.fingerprint = fingerprint
    self.claim = claim
    self.eventBase = eventBase
    self.rules = rules
    self.now = now
  }
}

/// The outcome of accepting a message.
public struct AcceptedMessage: Sendable {
  public let receipt: AcceptedRun
  /// The run, if it has started, and its first event.
  public internal(set) var start: (run: StartedRun, event: RunEvent)?
  /// The transcript rows added for the message; nil if there are none.
  public internal(set) var added: AddedMessages?
  /// The running run that the message was added to.
  public internal(set) var steered: RunID?
  /// The lane of a parked run that was woken because the message was added to it.
  public internal(set) var wokenLane: Lane?
  /// The run in progress that the message has aborted.
  public internal(set) var interrupted: RunID?
  /// The parked run that the message has ended.
  public internal(set) var ended: EndedRun?
  /// The unread messages of the aborted run.
  public internal(set) var unread: RequeuedMessages?
}

/// Rows at the end of a transcript.
public struct AddedMessages: Sendable {
  public let session: SessionID
  public let rows: [TranscriptMessage]
  /// Whether the rows are the session's whole window.
  public let isWholeWindow: Bool
  /// The number of the session's last event.
  public let headSeq: Int64
}

extension TenantDatabase {
  /// Stores a message and its run.
  /// - Parameter committed: Called once after the commit, in commit order, before this returns. Must be short.
  /// - Throws: ``ClawError`` `notFound` for an unknown agent, `alreadyExists` for an idempotency key that was used with
  ///   another message, `resourceExhausted` over a limit, `unavailable` if the store can't accept it.
  public func accept(
    _ batch: AcceptBatch, committed: @escaping @Sendable (AcceptedMessage) -> Void
  ) async throws -> AcceptedMessage {
    try await write(in: batch.address) { transaction, result in
      try batch.store(in: transaction) { accepted in
        transaction.afterCommit { committed(accepted) }
        result.set(accepted)
      }
    }
  }
}

extension AcceptBatch {
  /// - Parameter then: Receives what was stored, once it is known.
  func store(in transaction: TenantTransaction, then: @escaping (AcceptedMessage) throws -> Void) throws {
    if let repeated = try repetition(in: transaction) { return try then(AcceptedMessage(receipt: repeated)) }
    let running = try deliverToBegunRun(in: transaction)
    if case .steered(let accepted) = running { return try then(accepted) }
    try transaction.sessions.reserveMessages(
      inbound.context.count + 1, in: address, newID: .generate(at: now), channel: source, eventBase: eventBase,
      runs: 1, startEvents: claim == nil ? 0 : 1, isEphemeral: inbound.isEphemeral, at: now
    ) { reservation in
      var accepted = try store(with: reservation, in: transaction)
      switch running {
      case .none, .steered: break
      case .interrupted(let run, let unread): (accepted.interrupted, accepted.unread) = (run, unread)
      case .ended(let run): accepted.ended = run
      }
      try then(accepted)
    }
  }

  private func store(
    with reservation: SessionRepository.Reservation, in transaction: TenantTransaction
  ) throws -> AcceptedMessage {
    let counters = reservation.counters
    guard let version = reservation.agentVersion else { throw agentNotFound }
    guard !inbound.isEphemeral || reservation.isEphemeral else {
      throw ClawError(
        .failedPrecondition, "the session \(address.key) is kept, so a message to it can't leave nothing behind")
    }
    try rules.rateLimit.take(for: address.user, in: transaction, at: now)
    guard counters.pending <= rules.maxQueued else { throw tooManyWaiting }
    let added = try addMessages(counters, in: transaction)
    let claim = counters.pending == 1 ? claim : nil
    let agent = try agent(version, in: transaction)
    let record = try transaction.runs.add(
      NewRun(
        id: run, address: address, session: counters.id, source: source, lane: inbound.lane,
        options: options(for: agent), messageSeq: counters.lastMessageSeq, actor: actor, replyTo: inbound.replyTo,
        parent: inbound.parent, depth: try depth(in: transaction)),
      isStarted: claim != nil, at: now)
    let receipt = AcceptedRun(
      run: run, address: address, headSeq: counters.headSeq - (claim == nil ? 0 : 1), isRepetition: false)
    var accepted = AcceptedMessage(receipt: receipt, added: added)
    if let claim {
      accepted.start = try begin(record, agent, counters, claim, in: transaction)
    } else {
      try transaction.queue.add(
        run, of: address.tenant, user: address.user, mailbox: counters.id, position: counters.lastMessageSeq,
        lane: inbound.lane)
    }
    return accepted
  }

  private func depth(in transaction: TenantTransaction) throws -> Int {
    guard let parent = inbound.parent else { return 0 }
    guard let above = try transaction.runs.depth(of: parent) else {
      throw ClawError(.notFound, "run not found: \(parent)")
    }
    return above + 1
  }

  var agentNotFound: ClawError { ClawError(.notFound, "agent not found: \(inbound.agent)") }

  var tooManyWaiting: ClawError {
    ClawError(
      .resourceExhausted, "\(rules.maxQueued) messages wait in this session already; let the agent answer first",
      retryAfter: .seconds(5))
  }

  /// The run's options, with resolved models.
  func options(for agent: Agent) -> RunOptions {
    var options = inbound.options
    options.candidates = model.map { [$0] } ?? rules.candidates(agent)
    options.model = nil
    return options
  }

  private func addMessages(_ counters: SessionCounters, in transaction: TenantTransaction) throws -> AddedMessages {
    let bodies = inbound.context.map { (body: $0, run: RunID?.none) } + [(.user(inbound.message), run)]
    let rows = bodies.enumerated().map { offset, entry in
      TranscriptMessage(
        seq: counters.lastMessageSeq - Int64(bodies.count - 1 - offset), id: .generate(at: now), run: entry.run,
        createdAt: now, body: entry.body)
    }
    try transaction.messages.add(rows, to: counters.id)
    return AddedMessages(
      session: counters.id, rows: rows, isWholeWindow: rows[0].seq <= counters.windowStartSeq,
      headSeq: counters.headSeq)
  }

  /// Starts the run: this node holds the lease from the start, and the first event gets the number reserved for it.
  private func begin(
    _ record: RunRecord, _ agent: Agent, _ counters: SessionCounters, _ claim: Claim,
    in transaction: TenantTransaction
  ) throws -> (StartedRun, RunEvent) {
    let lease = try transaction.queue.addClaimed(
      run, of: address.tenant, user: address.user, mailbox: counters.id, position: counters.lastMessageSeq,
      lane: inbound.lane, by: claim.owner, until: claim.until)
    let candidates = record.options.candidates
    let event = RunEvent(
      address: address, seq: counters.headSeq, run: run, at: now,
      body: .started(
        model: candidates.first?.model ?? "", provider: candidates.first?.provider ?? "", source: source, attempt: 1))
    try transaction.events.add([event], to: counters.id)
    let start = StartedRun(
      lease: lease, record: record, agent: agent, candidates: candidates, startedAt: now,
      window: WindowBounds(start: counters.windowStartSeq, last: counters.lastMessageSeq))
    return (start, event)
  }

  /// The current agent, read from the store only if its version changed since it was cached.
  private func agent(_ version: AgentVersion, in transaction: TenantTransaction) throws -> Agent {
    let known = rules.agents
    if let agent = known.agent(version) { return agent }
    guard let agent = try transaction.agents.agent(inbound.agent) else { throw agentNotFound }
    transaction.afterCommit { known.put(agent) }
    return agent
  }

  private func repetition(in transaction: TenantTransaction) throws -> AcceptedRun? {
    guard let key = inbound.idempotencyKey else { return nil }
    let since = Timestamp(milliseconds: now.milliseconds - rules.idempotencyRetention.milliseconds)
    let claim = try transaction.idempotency.claim(
      key, of: address.user, fingerprint: fingerprint, run: run, since: since, at: now)
    guard case .used(let usedFingerprint, let usedRun, let ifUnread) = claim else { return nil }
    guard usedFingerprint == fingerprint else {
      throw ClawError(
        .alreadyExists, field: .idempotencyKey, "was used with another message, agent, session or other options",
        details: [.run: .string(usedRun.rawValue)])
    }
    let oldest = try transaction.sessions.counters(of: address)?.oldestSeq ?? 1
    // The message was not read by its run and has become a run of its own.
    if let ifUnread, try transaction.runs.header(of: ifUnread) != nil {
      return AcceptedRun(run: ifUnread, address: address, headSeq: oldest - 1, isRepetition: true)
    }
    return AcceptedRun(
      run: usedRun, address: address, headSeq: oldest - 1, isRepetition: true, ifUnread: ifUnread)
  }
}
