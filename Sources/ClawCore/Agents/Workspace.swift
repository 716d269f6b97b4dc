import ClawJSON

/// The folders in which an agent works for one user. They are derived from tenant, agent and user in one place, so that
/// no run gets another user's folder.
public struct Workspace: Sendable, Hashable {
  /// Shared by all users of the agent, who may only read it: its skills, and the files of its authors.
  public let agentFolder: AgentFolder
  /// The agent's files for this user. Runs of other users can't access it.
  public let userFolder: UserFolder

  public init(agentFolder: AgentFolder, userFolder: UserFolder) {
    self.agentFolder = agentFolder
    self.userFolder = userFolder
  }
}

/// The folder of an agent, the same for all of its users.
public struct AgentFolder: Sendable, Hashable {
  /// Absolute.
  @UTF8Key public private(set) var path: String

  public init(path: String) { self.path = path }
}

/// The folder of one user with one agent. It may not exist yet: the first writer creates it, with mode 0700.
public struct UserFolder: Sendable, Hashable {
  /// Absolute. Contains no user-chosen name.
  @UTF8Key public private(set) var path: String

  public init(path: String) { self.path = path }
}
