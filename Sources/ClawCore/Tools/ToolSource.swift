import ClawJSON

/// The context in which tools are collected.
public struct ToolScope: Sendable {
  /// The agent's identity: tenant, user, role, and the message's channel.
  public let actor: Principal
  public let agent: AgentKey
  /// The agent's folder and the user's.
  public let workspace: Workspace
  public let policy: ToolPolicy

  public init(actor: Principal, agent: AgentKey, workspace: Workspace, policy: ToolPolicy = .everything) {
    self.actor = actor
    self.agent = agent
    self.workspace = workspace
    self.policy = policy
  }
}

/// Which tools are allowed.
public struct ToolPolicy: Sendable, Hashable {
  /// Nil: all but the ``denied`` ones.
  public var allowed: UTF8Set?
  public var denied: UTF8Set

  /// - Parameters:
  ///   - allowed: Names of allowed tools; nil for all.
  ///   - denied: Names of denied tools, even if they are in `allowed`.
  public init(allowed: UTF8Set? = nil, denied: UTF8Set = []) {
    self.allowed = allowed
    self.denied = denied
  }

  public static let everything = ToolPolicy()

  public func allows(_ name: String) -> Bool {
    !denied.contains(name) && allowed?.contains(name) ?? true
  }
}

/// Provides tools to agents: built-in ones, those of a server, those of a tenant.
public protocol ToolSource: Sendable {
  /// The tools for a scope. Called once per run: what the model sees is what may run, whatever changes meanwhile.
  /// Unavailable tools are left out.
  func tools(for scope: ToolScope) async -> ToolSet
}

/// The tools of several sources.
public struct JoinedTools: ToolSource {
  private let sources: [any ToolSource]

  /// - Parameter sources: Of two tools with the same name, the earlier source wins.
  public init(_ sources: [any ToolSource]) { self.sources = sources }

  public func tools(for scope: ToolScope) async -> ToolSet {
    var set = ToolSet([])
    for source in sources { set = await set + source.tools(for: scope) }
    return set
  }
}

/// A source with the same tools for all agents.
public struct FixedTools: ToolSource {
  private let set: ToolSet

  public init(_ tools: [any Tool]) { set = ToolSet(tools) }

  public func tools(for scope: ToolScope) async -> ToolSet { set }
}
