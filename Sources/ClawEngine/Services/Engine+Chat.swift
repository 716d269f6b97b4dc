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
    guard let outcome else {
      guard !Task.isCancelled else { throw CancellationError() }
      throw ClawError(
        .unavailable, "the gateway is shutting down; the run continues after the restart", retryAfter: .seconds(5))
    }
    return outcome
  }

  public func outcome(of accepted: AcceptedRun, as principal: Principal) async throws -> RunOutcome {
    let outcome = try await outcome(of: accepted.run, as: principal)
    guard let own = accepted.ifUnread else { return outcome }
    let isOnItsOwn = try await parts.store.tenant(principal.tenant).read { try $0.runs.header(of: own) != nil }
    return isOnItsOwn ? try await self.outcome(of: own, as: principal) : outcome
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
      // One row more than requested shows whether there is an earlier page.
      let rows = try transaction.messages.page(of: counters.id, before: before ?? .max, limit: limit + 1)
      let messages = Array(rows.suffix(limit))
      return HistoryPage(
        messages: messages, nextBefore: rows.count > limit ? messages.first?.seq : nil,
        resumeSeq: counters.resumeSeq)
    }
  }
}
