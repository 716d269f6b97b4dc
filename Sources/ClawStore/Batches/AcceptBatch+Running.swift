import ClawCore

/// Messages that steer or interrupt the running run instead of only queueing.
extension AcceptBatch {
  /// The effect of a message on its session's run in progress or parked run.
  enum Delivery {
    /// Nothing: the message is queued.
    case none
    /// It was added to the run; nothing else is stored.
    case steered(AcceptedMessage)
    /// It has requested an abort of the run, and is still to be queued.
    case interrupted(RunID?, unread: RequeuedMessages?)
    /// It has ended a parked run, and is still to be queued.
    case ended(EndedRun)
  }

  /// Adds the message to the session's run in progress, or else to its parked run, or asks that run to stop, depending
  /// on the message's mode.
  func deliverToBegunRun(in transaction: TenantTransaction) throws -> Delivery {
    guard inbound.mode != .queue, let counters = try transaction.sessionLocks.lock(address), counters.exists,
      counters.pending > 0, let run = try transaction.runs.begun(in: counters.id), !run.isAbortRequested
    else { return .none }
    switch inbound.mode {
    case .queue: return .none
    case .steer: return try steer(run, in: counters, transaction).map { .steered($0) } ?? .none
    case .interrupt:
      // A parked run ends at once: no node works on it that would notice the abort.
      if run.isWaiting, let header = try transaction.runs.header(of: run.id),
        let ended = try transaction.endIdle(header, as: .aborted, because: .aborted, at: now)
      {
        return .ended(ended)
      }
      let unread = try transaction.requeueUnread(of: run.id, in: counters.id, at: address, now: now)
      let isAsked = try transaction.runs.requestAbort(run.id)
      return .interrupted(isAsked ? run.id : nil, unread: unread)
    }
  }

  /// A run has the permissions of the user who started it, so a user with a lower role must not steer it.
  private func steer(
    _ running: RunRepository.BegunRun, in counters: SessionCounters, _ transaction: TenantTransaction
  ) throws -> AcceptedMessage? {
    guard actor.role >= running.actor.role else { return nil }
    guard let agent = try transaction.agents.agent(inbound.agent) else { throw agentNotFound }
    try rules.rateLimit.take(for: address.user, in: transaction, at: now)
    guard try transaction.inbox.count(of: counters.id) < rules.maxQueued else { throw tooManyWaiting }
    let entry = InboxEntry(
      id: run, run: running.id, mode: inbound.mode, message: inbound.message, options: options(for: agent),
      source: source, lane: inbound.lane, actor: actor, replyTo: inbound.replyTo)
    try transaction.inbox.add(entry, to: counters.id, at: now)
    if running.isWaiting {
      try transaction.interruptWait(of: running.id, in: counters.id, by: actor.user, at: now)
      _ = try transaction.queue.wake(running.id, in: counters.id)
    }
    if let key = inbound.idempotencyKey {
      try transaction.idempotency.redirect(key, of: address.user, to: running.id, ifUnread: run)
    }
    return AcceptedMessage(
      receipt: AcceptedRun(
        run: running.id, address: address, headSeq: counters.headSeq, isRepetition: false, ifUnread: run),
      steered: running.id, wokenLane: running.isWaiting ? running.lane : nil)
  }
}
