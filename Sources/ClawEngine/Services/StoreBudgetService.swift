import ClawCore
import ClawStore
import Logging

/// Stores the budgets of a tenant.
struct StoreBudgetService: BudgetService {
  let store: Store
  let access: StoreAccessService
  let time: TimeSource
  let logger: Logger

  /// The shortest period: the end of each costs a write.
  private static let shortestPeriod: Duration = .seconds(60)

  func budgets(as principal: Principal) async throws -> [Budget] {
    try Self.check(principal)
    return try await store.tenant(principal.tenant).read { try $0.budgets.all() }
  }

  func setBudget(_ budget: Budget, as principal: Principal) async throws {
    try Self.check(principal)
    guard (1...255).contains(budget.id.utf8.count), !budget.id.containsControlCharacters else {
      throw ClawError(.invalidRequest, "the name of a budget is 1 to 255 bytes long, without control characters")
    }
    guard budget.maxTokens >= 0 else { throw ClawError(.invalidRequest, "a budget can't be less than 0 tokens") }
    guard budget.period.map({ $0 >= Self.shortestPeriod }) ?? true else {
      throw ClawError(.invalidRequest, "the period of a budget is at least \(Self.shortestPeriod)")
    }
    let now = time.now
    try await store.tenant(principal.tenant).write { [access] transaction in
      let isNew = try transaction.budgets.all().allSatisfy { !$0.id.hasSameBytes(as: budget.id) }
      guard try !isNew || transaction.budgets.count() < BudgetRepository.maxBudgets else {
        throw ClawError(
          .failedPrecondition, "there are \(BudgetRepository.maxBudgets) budgets already; remove one first")
      }
      try transaction.budgets.put(budget, at: now)
      access.announceChange(in: transaction)
    }
    logger.notice("budget.set", metadata: ["tenant": "\(principal.tenant)", "budget": "\(budget.id)"])
  }

  func removeBudget(_ id: String, as principal: Principal) async throws {
    try Self.check(principal)
    try await store.tenant(principal.tenant).write { [access] transaction in
      guard try transaction.budgets.remove(id) else {
        throw ClawError(.notFound, "budget not found: \(String(id.prefix(64)))")
      }
      access.announceChange(in: transaction)
    }
    logger.notice("budget.removed", metadata: ["tenant": "\(principal.tenant)", "budget": "\(id)"])
  }

  private static func check(_ principal: Principal) throws(ClawError) {
    guard principal.seesAllUsers else { throw ClawError(.forbidden, "budgets are for admins of the tenant alone") }
  }
}
