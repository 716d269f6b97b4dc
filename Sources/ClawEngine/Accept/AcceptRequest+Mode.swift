import ClawCore
import ClawStore

/// Messages that do not simply wait for their turn.
extension AcceptRequest {
  /// Adds the message to the run of the session that is under way, or asks that run to stop, as the message says.
  /// - Returns: What is stored of the message by that; nil if it is to be queued.
  func deliverToRunningRun(in transaction: TenantTransaction, of engine: EngineParts) throws -> Stored? {
    guard inbound.mode != .queue, let counters = try transaction.sessionLocks.lock(address), counters.exists,
      counters.pending > 0, let run = try transaction.runs.running(in: counters.id), !run.isAbortRequested
    else { return nil }
    switch inbound.mode {
    case .queue: return nil
    case .steer: return try steer(run, in: counters, transaction, engine)
    case .interrupt:
      try interrupt(run.id, in: counters, transaction, engine)
      return nil
    }
  }

  /// A run acts by the right of whoever began it, so nobody with a lesser one may tell it what to do.
  private func steer(
    _ running: RunRepository.RunningRun, in counters: SessionCounters, _ transaction: TenantTransaction,
    _ engine: EngineParts
  ) throws -> Stored? {
    guard actor.role >= running.actor.role else { return nil }
    guard let agent = try transaction.agents.agent(inbound.agent) else {
      throw ClawError(.notFound, "agent not found: \(inbound.agent)")
    }
    try engine.rateLimit.take(for: address.user, in: transaction, at: now)
    let maxQueued = engine.configuration.maxQueuedPerSession
    guard try transaction.inbox.count(of: counters.id) < maxQueued else { throw Self.tooManyWaiting(maxQueued) }
    let entry = InboxEntry(
      id: run, run: running.id, mode: inbound.mode, message: inbound.message, options: options(for: agent, engine),
      source: source, lane: inbound.lane, actor: actor, replyTo: inbound.replyTo)
    try transaction.inbox.add(entry, to: counters.id, at: now)
    if let key = inbound.idempotencyKey {
      try transaction.idempotency.redirect(key, of: address.user, to: running.id, ifUnread: run)
    }
    transaction.afterCommit { [address, watcher = inbound.watcher, now] in
      if let watcher { engine.hub.follow(running.id, in: address, by: watcher, at: now) }
      engine.registry.noteMessage(for: running.id)
    }
    return Stored(
      receipt: AcceptedRun(
        run: running.id, address: address, headSeq: counters.headSeq, isRepetition: false, ifUnread: run))
  }

  /// What the run was to read becomes runs of their own, in front of the message that interrupts it.
  private func interrupt(
    _ running: RunID, in counters: SessionCounters, _ transaction: TenantTransaction, _ engine: EngineParts
  ) throws {
    let unread = UnreadMessages(run: running, session: counters.id, address: address)
    try unread.requeue(in: transaction, of: engine, at: now)
    guard try transaction.runs.requestAbort(running) else { return }
    transaction.afterCommit { [tenant = address.tenant] in
      engine.registry.stop(running, .abort)
      engine.peers.tell(.abort(tenant, running))
    }
  }
}
