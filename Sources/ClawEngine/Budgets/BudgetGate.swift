import ClawCore
import ClawStore

/// Checks model calls against the budgets that apply.
///
/// Before each call a run reserves the tokens that the call may use, in a transaction of its own. The step that stores
/// the answer records the actual use; the end or restart of a run releases its reservation (see ``BudgetRepository``).
/// A tenant without budgets costs nothing: the list of budgets is cached.
final class BudgetGate: Sendable {
  private struct Known: Sendable {
    let tenant: TenantID
    let budgets: [Budget]
  }

  private let store: Store
  private let known: CredentialCache<TenantID, Known>

  /// - Parameter memory: How long a change on another node may go unnoticed if its notification was lost.
  init(store: Store, memory: Duration) {
    self.store = store
    // A node that is alone makes all changes itself.
    known = CredentialCache(lifetime: store.isExclusive ? .seconds(31_536_000) : memory) { $0.tenant }
  }

  /// Drops the cached budgets of a tenant after a possible change.
  func forget(_ tenant: TenantID) { known.forget(tenant) }

  /// Whether any budget applies to a user's spending on an agent.
  func applies(to address: SessionAddress, _ agent: AgentKey) async throws -> Bool {
    let known = try await known.answer(to: address.tenant) { [store, tenant = address.tenant] in
      Known(tenant: tenant, budgets: try await store.tenant(tenant).read { try $0.budgets.all() })
    }
    return known?.budgets.contains { $0.applies(to: address.user, agent) } ?? false
  }

  /// Reserves tokens for a run's model call. The caller holds the lock on the session's row.
  /// - Throws: ``ClawError`` `resourceExhausted` if a budget does not allow it; the transaction must be rolled back
  ///   then.
  /// - Returns: False if the run has ended.
  static func reserve(
    _ tokens: Int, for run: RunRecord, in transaction: TenantTransaction, at now: Timestamp
  ) throws -> Bool {
    let user = run.address.user
    let budgets = try transaction.budgets.open(for: user, run.agent, at: now)
    guard !budgets.isEmpty else { return true }
    let reserved = try transaction.budgets.reserved(except: run.id)
    for budget in budgets {
      let others = reserved.filter { budget.applies(to: $0.user, $0.agent) }.reduce(0) { $0 + $1.tokens }
      let left = max(0, budget.maxTokens - budget.usedTokens - others)
      guard Int64(tokens) <= left else { throw refusal(budget, asked: tokens, left: left, at: now) }
    }
    return try transaction.budgets.reserve(Int64(tokens), for: run.id)
  }

  private static func refusal(_ budget: Budget, asked: Int, left: Int64, at now: Timestamp) -> ClawError {
    let scopes = [budget.user.map { "the user \($0)" }, budget.agent.map { "the agent \($0)" }].compactMap(\.self)
    let scope = scopes.isEmpty ? "all users" : scopes.joined(separator: " with ")
    let renewal =
      budget.renewedAt.map { "it is renewed at \($0.rfc3339)" } ?? "it is not renewed by itself"
    let text =
      "the token budget \(budget.id) of \(scope) does not allow this call: about \(asked) tokens are needed, and \(left) of "
      + "\(budget.maxTokens) are left; \(renewal), and an admin can raise it"
    return ClawError(
      .resourceExhausted, text, kind: .policy,
      details: [.limit: .integer(budget.maxTokens), .reason: "insufficient_quota"],
      retryAfter: budget.renewedAt.map { max(.zero, $0 - now) } ?? .zero)
  }
}
