/// The context of a tool call: for whom it runs, where, and until when.
public struct ToolContext: Sendable {
  /// The agent's identity. It has no permissions that the sender of the message lacks.
  public let actor: Principal
  public let agent: AgentKey
  public let session: SessionKey
  public let run: RunID
  /// The agent's folder and the user's.
  public let workspace: Workspace
  /// When the call is cancelled. A tool that continues nevertheless is abandoned a moment later, and its call closed.
  public let deadline: Timestamp
  /// Who approved the call; nil if no approval was requested yet.
  public let approval: ToolApproval?
  public let progress: ToolProgress
  public let secrets: ToolSecrets
  /// Stores images and files for the result.
  public let media: ToolMedia

  public init(
    actor: Principal, agent: AgentKey, session: SessionKey, run: RunID, workspace: Workspace, deadline: Timestamp,
    approval: ToolApproval? = nil, progress: ToolProgress = ToolProgress { _ in }, secrets: ToolSecrets = .none,
    media: ToolMedia = .none
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
    self.media = media
  }
}

/// A user's approval of a waiting call.
public struct ToolApproval: Sendable, Hashable {
  public let user: UserID
  public let at: Timestamp

  public init(user: UserID, at: Timestamp) {
    self.user = user
    self.at = at
  }
}

/// Progress reports of a running tool.
public struct ToolProgress: Sendable {
  private let take: @Sendable (String) -> Void

  /// - Parameter take: Must be short and must not block.
  public init(_ take: @escaping @Sendable (String) -> Void) { self.take = take }

  /// Reports progress in one line. It is not part of the result.
  public func report(_ line: String) { take(line) }
}

/// The tenant's secrets, which tools request by name: their values are in no argument, prompt or transcript.
public struct ToolSecrets: Sendable {
  private let open: @Sendable (String) async throws -> String?

  public init(_ open: @escaping @Sendable (String) async throws -> String?) { self.open = open }

  /// No secrets.
  public static let none = ToolSecrets { _ in nil }

  /// The current value of a secret; nil if there is none of that name.
  /// - Throws: ``ClawError`` `unavailable` if the store can't be read.
  public func value(of name: String) async throws -> String? { try await open(name) }
}
