import ClawCore
import ClawJSON
import ClawStore

extension Engine {
  public func accept(_ inbound: Inbound, as principal: Principal) async throws -> AcceptedRun {
    let user = try principal.acting(for: inbound.user)
    let address = SessionAddress(tenant: principal.tenant, user: user, key: inbound.session)
    try validate(inbound)
    guard mayAccept else {
      throw ClawError(.unavailable, "the gateway is shutting down; try again", retryAfter: .seconds(1))
    }
    let now = parts.time.now
    let run = RunID.generate(at: now)
    if let watcher = inbound.watcher { parts.hub.follow(run, by: watcher) }
    let request = AcceptRequest(
      run: run, address: address, inbound: inbound, source: principal.origin.rawValue,
      fingerprint: Self.fingerprint(of: inbound), eventBase: parts.hub.eventBase.load(ordering: .relaxed),
      maxQueued: parts.configuration.maxQueuedPerSession, now: now)
    let retention = parts.configuration.idempotencyRetention
    let limiter = limiter
    parts.registry.accepting(run, in: address)
    let accepted: AcceptedRun
    do {
      accepted = try await parts.store.tenant(address.tenant).write { transaction in
        try request.store(in: transaction, retention: retention, limiter: limiter)
      }
    } catch {
      parts.hub.unfollow(run)
      parts.registry.refused(run)
      throw error
    }
    guard !accepted.isRepetition else {
      parts.hub.unfollow(run)
      parts.registry.refused(run)
      return accepted
    }
    FaultPoint.accepted.reached()
    wake.signal([inbound.lane])
    return accepted
  }

  private func validate(_ inbound: Inbound) throws(ClawError) {
    guard inbound.session.agentKey == inbound.agent else {
      throw ClawError(
        .invalidRequest, "sessionKey belongs to agent \(inbound.session.agentKey), agentId says \(inbound.agent)")
    }
    let hasImage = inbound.message.parts.contains { $0.text == nil }
    guard hasImage || inbound.message.text.contains(where: { !$0.isWhitespace }) else {
      throw ClawError(.invalidRequest, "message must not be empty")
    }
    let limit = parts.configuration.maxMessageBytes
    guard inbound.message.text.utf8.count <= limit else {
      throw ClawError(.invalidRequest, "message must be at most \(limit) bytes long")
    }
    if let key = inbound.idempotencyKey {
      guard (1...255).contains(key.utf8.count), !key.containsControlCharacters else {
        throw ClawError(
          .invalidRequest, "idempotencyKey must be 1 to 255 bytes long, without control characters")
      }
    }
    if let model = inbound.options.model, parts.models.resolve(model) == nil {
      throw ClawError(.notFound, "model not found: \(String(model.prefix(100)))")
    }
  }

  /// What makes two requests the same: message, context, agent and session.
  private static func fingerprint(of inbound: Inbound) -> String {
    let parts: JSONValue = [
      "agent": .string(inbound.agent.rawValue), "session": .string(inbound.session.rawValue),
      "message": (try? JSONValue(encoding: inbound.message)) ?? .null,
      "context": (try? JSONValue(encoding: inbound.context)) ?? .null,
    ]
    return Fingerprint.sha256(of: parts.serialized())
  }
}

/// Everything that is stored when a message is accepted, in one transaction.
struct AcceptRequest: Sendable {
  let run: RunID
  let address: SessionAddress
  let inbound: Inbound
  let source: String
  let fingerprint: String
  let eventBase: Int64
  let maxQueued: Int
  let now: Timestamp

  func store(in transaction: TenantTransaction, retention: Duration, limiter: RateLimiter) throws -> AcceptedRun {
    if let repeated = try repetition(in: transaction, retention: retention) { return repeated }
    guard try transaction.agents.agent(inbound.agent) != nil else {
      throw ClawError(.notFound, "agent not found: \(inbound.agent)")
    }
    // Last of the checks, so that a request which is refused anyway costs no token.
    try limiter.take(tenant: address.tenant, user: address.user, at: now)
    let counters = try transaction.sessions.reserveMessages(
      inbound.context.count + 1, in: address, newID: .generate(at: now), channel: source,
      eventBase: eventBase, at: now)
    guard try transaction.queue.count(of: counters.id) < maxQueued else {
      throw ClawError(
        .resourceExhausted, "\(maxQueued) messages wait in this session already; let the agent answer first",
        retryAfter: .seconds(5))
    }
    let bodies = inbound.context.map { (body: $0, run: RunID?.none) } + [(.user(inbound.message), run)]
    for (offset, entry) in bodies.enumerated() {
      let seq = counters.lastMessageSeq - Int64(bodies.count - 1 - offset)
      try transaction.messages.add(
        TranscriptMessage(seq: seq, id: .generate(at: now), run: entry.run, createdAt: now, body: entry.body),
        to: counters.id)
    }
    try transaction.runs.add(
      NewRun(
        id: run, address: address, session: counters.id, source: source, lane: inbound.lane,
        options: inbound.options, messageSeq: counters.lastMessageSeq),
      at: now)
    try transaction.queue.add(
      run, of: address.tenant, mailbox: counters.id, position: counters.lastMessageSeq, lane: inbound.lane, at: now)
    if let key = inbound.idempotencyKey {
      try transaction.idempotency.remember(key, of: address.user, fingerprint: fingerprint, run: run, at: now)
    }
    return AcceptedRun(run: run, address: address, headSeq: counters.headSeq, isRepetition: false)
  }

  private func repetition(in transaction: TenantTransaction, retention: Duration) throws -> AcceptedRun? {
    guard let key = inbound.idempotencyKey else { return nil }
    let since = Timestamp(milliseconds: now.milliseconds - retention.milliseconds)
    guard let use = try transaction.idempotency.use(of: key, by: address.user, since: since) else { return nil }
    guard use.fingerprint == fingerprint else {
      throw ClawError(
        .alreadyExists, "idempotencyKey was used with another message, agent or session",
        details: ["runId": .string(use.run.rawValue)])
    }
    let oldest = try transaction.sessions.counters(of: address)?.oldestSeq ?? 1
    return AcceptedRun(run: use.run, address: address, headSeq: oldest - 1, isRepetition: true)
  }
}
