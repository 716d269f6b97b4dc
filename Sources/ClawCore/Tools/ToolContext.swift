/// For whom a tool runs, where, and until when.
public struct ToolContext: Sendable {
  /// As whom the agent acts. It may nothing that whoever sent the message may not.
  public let actor: Principal
  public let agent: AgentKey
  public let session: SessionKey
  public let run: RunID
  /// Absolute path of the agent's own folder.
  public let workspace: String
  /// When the call is cancelled. A tool that goes on all the same is abandoned a moment later, and its call closed.
  public let deadline: Timestamp
  /// Who allowed the call; nil if nobody was asked yet.
  public let approval: ToolApproval?
  public let progress: ToolProgress
  public let secrets: ToolSecrets

  public init(
    actor: Principal, agent: AgentKey, session: SessionKey, run: RunID, workspace: String, deadline: Timestamp,
    approval: ToolApproval? = nil, progress: ToolProgress = ToolProgress { _ in }, secrets: ToolSecrets = .none
  ) {
    self.actor = actor
    self.agent = agent
    self.session = session
    self.run = run
    self.workspace = workspace
    self.deadline = deadline
    self.approval = approval
    self.progress = progress
    self.secrets = secrets
  }
}

/// That somebody allowed a call which waited for it.
public struct ToolApproval: Sendable, Hashable {
  public let user: UserID
  public let at: Timestamp

  public init(user: UserID, at: Timestamp) {
    self.user = user
    self.at = at
  }
}

/// Where a tool says how far it is while it runs.
public struct ToolProgress: Sendable {
  private let take: @Sendable (String) -> Void

  /// - Parameter take: Must be short and must not block.
  public init(_ take: @escaping @Sendable (String) -> Void) { self.take = take }

  /// Says in a line how far the call is. It is no part of the result.
  public func report(_ line: String) { take(line) }
}

/// The secrets of the tenant, which a tool is given by name: their values stand in no argument, no prompt and no
/// transcript.
public struct ToolSecrets: Sendable {
  private let open: @Sendable (String) async throws -> String?

  public init(_ open: @escaping @Sendable (String) async throws -> String?) { self.open = open }

  /// For those who have none.
  public static let none = ToolSecrets { _ in nil }

  /// The value of a secret as it is now; nil if there is none of that name.
  /// - Throws: ``ClawError`` `unavailable` if the store can't be read.
  public func value(of name: String) async throws -> String? { try await open(name) }
}
