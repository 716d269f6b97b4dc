import ClawJSON

/// The folders in which an agent works for one user. Made in one place, from tenant, agent and user, so that nobody is
/// given another's.
public struct Workspace: Sendable, Hashable {
  /// Shared by all users of the agent, who may only read in it: its skills, and what its makers put there.
  public let agentFolder: AgentFolder
  /// What the agent keeps for this user. Nobody else's runs get to see it.
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

/// The folder of one user with one agent. It may not be there yet: whoever writes in it makes it, of mode 0700.
public struct UserFolder: Sendable, Hashable {
  /// Absolute. No part of it is a name as the user wrote it.
  @UTF8Key public private(set) var path: String

  public init(path: String) { self.path = path }
}
