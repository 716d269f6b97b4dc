import ClawCore
import ClawStore

extension RunWriter {
  /// Reserves tokens for a model call if a budget applies to the run. Without one it does not access the store.
  /// - Parameter estimate: The estimated tokens; called only if a budget applies.
  /// - Throws: ``ClawError`` `resourceExhausted` if a budget does not allow the call; ``LeaseLost``; ``AbortWins`` if
  ///   the run has ended.
  func reserve(_ estimate: () -> Int) async throws {
    let applies = try await engine.persistently(of: record.id) { [self] in
      try await engine.budgets.applies(to: record.address, record.agent)
    }
    setBudgeted(applies)
    guard applies else { return }
    let tokens = estimate()
    let now = engine.time.now
    let until = now + engine.configuration.leaseDuration
    try await engine.persistently(of: record.id) { [self] in
      try await database.write { [self] transaction in
        guard try transaction.sessionLocks.lock(record.session) else { throw LeaseLost() }
        guard try transaction.queue.renew(lease, until: until) else { throw LeaseLost() }
        guard try BudgetGate.reserve(tokens, for: record, in: transaction, at: now) else { throw AbortWins() }
      }
    }
  }
}
