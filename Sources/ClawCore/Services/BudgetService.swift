/// A limit of tokens, optionally for one user or one agent. A run must satisfy all budgets that apply.
public struct Budget: Sendable, Hashable {
  /// 1–255 bytes; unique within the tenant.
  public var id: String
  /// Nil for all users of the tenant together.
  public var user: UserID?
  /// Nil for all agents together.
  public var agent: AgentKey?
  /// Limit of input and output tokens in a period.
  public var maxTokens: Int64
  /// Length of a period; nil for a budget that is never renewed.
  public var period: Duration?
  /// Tokens used in the current period, as reported by providers.
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

  /// Whether the budget applies to a user's spending on an agent.
  public func applies(to user: UserID, _ agent: AgentKey) -> Bool {
    (self.user.map { $0 == user } ?? true) && (self.agent.map { $0 == agent } ?? true)
  }

  /// When the next period begins; nil if there is none.
  public var renewedAt: Timestamp? { period.map { periodStart + $0 } }
}

/// The budgets of a tenant. Only for its admins.
public protocol BudgetService: Sendable {
  /// In the order of their ids.
  /// - Throws: `forbidden`.
  func budgets(as principal: Principal) async throws -> [Budget]

  /// Creates a budget, or changes the limits of the one with the same id. The tokens used are kept, unless its user or
  /// agent changes. It applies from the next model call on, on all nodes.
  /// - Throws: `forbidden`, `invalidRequest`; `failedPrecondition` if there are too many.
  func setBudget(_ budget: Budget, as principal: Principal) async throws

  /// - Throws: `forbidden`, `notFound`.
  func removeBudget(_ id: String, as principal: Principal) async throws
}
