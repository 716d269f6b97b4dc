/// How many tokens may be spent, by whom and for what. All budgets that apply to a run hold for it.
public struct Budget: Sendable, Hashable {
  /// 1–255 bytes; unique within the tenant.
  public var id: String
  /// Nil: of all users of the tenant together.
  public var user: UserID?
  /// Nil: for all agents together.
  public var agent: AgentKey?
  /// Tokens that models may read and write in a period.
  public var maxTokens: Int64
  /// After which it begins anew; nil if it never does.
  public var period: Duration?
  /// Tokens that were spent in the current period, by what providers reported.
  public var usedTokens: Int64
  /// When the current period began.
  public var periodStart: Timestamp

  public init(
    id: String, user: UserID? = nil, agent: AgentKey? = nil, maxTokens: Int64, period: Duration? = nil,
    usedTokens: Int64 = 0, periodStart: Timestamp = Timestamp(milliseconds: 0)
  ) {
    self.id = id
    self.user = user
    self.agent = agent
    self.maxTokens = maxTokens
    self.period = period
    self.usedTokens = usedTokens
    self.periodStart = periodStart
  }

  /// Whether what a user spends on an agent counts.
  public func applies(to user: UserID, _ agent: AgentKey) -> Bool {
    (self.user.map { $0 == user } ?? true) && (self.agent.map { $0 == agent } ?? true)
  }

  /// When the next period begins; nil if there is none.
  public var renewedAt: Timestamp? { period.map { periodStart + $0 } }
}

/// The budgets of a tenant. For its admins alone.
public protocol BudgetService: Sendable {
  /// In the order of their ids.
  /// - Throws: `forbidden`.
  func budgets(as principal: Principal) async throws -> [Budget]

  /// Makes a budget, or changes the bounds of the one of the same id. What was spent stays counted, unless whose it is
  /// changes. It holds for the next call of a model on whatever node.
  /// - Throws: `forbidden`, `invalidRequest`; `failedPrecondition` when there are too many.
  func setBudget(_ budget: Budget, as principal: Principal) async throws

  /// - Throws: `forbidden`, `notFound`.
  func removeBudget(_ id: String, as principal: Principal) async throws
}
