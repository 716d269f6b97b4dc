import ClawJSON

/// For whom tools are gathered.
public struct ToolScope: Sendable {
  /// As whom the agent acts: tenant, user, role, and through what the message came.
  public let actor: Principal
  public let agent: AgentKey
  /// Absolute path of the agent's own folder.
  public let workspace: String
  public let policy: ToolPolicy

  public init(actor: Principal, agent: AgentKey, workspace: String, policy: ToolPolicy = .everything) {
    self.actor = actor
    self.agent = agent
    self.workspace = workspace
    self.policy = policy
  }
}

/// Which tools may be used.
public struct ToolPolicy: Sendable, Hashable {
  /// Nil: all but the ``denied`` ones.
  public var allowed: UTF8Set?
  public var denied: UTF8Set

  /// - Parameters:
  ///   - allowed: Names of the tools that may be used; nil for all.
  ///   - denied: Names of those that may not, even if they are among the allowed ones.
  public init(allowed: UTF8Set? = nil, denied: UTF8Set = []) {
    self.allowed = allowed
    self.denied = denied
  }

  public static let everything = ToolPolicy()

  public func allows(_ name: String) -> Bool {
    !denied.contains(name) && allowed?.contains(name) ?? true
  }
}

/// Gives agents their tools: built-in ones, those of a server, those that a tenant made.
public protocol ToolSource: Sendable {
  /// The tools of a scope. It is asked once for a run: what the model is shown is what may run, whatever changes
  /// meanwhile. What can't be had is left out.
  func tools(for scope: ToolScope) async -> ToolSet
}

/// The tools of one run.
public struct ToolSet: Sendable {
  /// What a model is shown, in the order of names, so that the same tools make the same prompt.
  public let specs: [ToolSpec]
  /// What the agent is told about them beside their specs.
  public let instructions: [String]
  private let tools: UTF8Dictionary<any Tool>

  /// - Parameters:
  ///   - tools: Of two with one name the first one counts.
  ///   - instructions: Paragraphs for the system prompt.
  public init(_ tools: [any Tool], instructions: [String] = []) {
    self.init(UTF8Dictionary(tools.map { ($0.spec.name, $0) }) { first, _ in first }, instructions)
  }

  private init(_ tools: UTF8Dictionary<any Tool>, _ instructions: [String]) {
    self.tools = tools
    self.instructions = instructions
    specs = tools.values.map(\.spec).sorted { $0.name.bytesPrecede($1.name) }
  }

  public subscript(_ name: String) -> (any Tool)? { tools[name] }

  /// Those that a policy allows.
  public func allowed(by policy: ToolPolicy) -> ToolSet {
    guard policy != .everything else { return self }
    return ToolSet(tools.filter { policy.allows($0.key) }, instructions)
  }

  /// The tools of both; of two with one name the left one counts.
  public static func + (left: ToolSet, right: ToolSet) -> ToolSet {
    ToolSet(left.tools.merging(right.tools) { first, _ in first }, left.instructions + right.instructions)
  }
}

/// The same tools for everybody.
public struct FixedTools: ToolSource {
  private let set: ToolSet

  public init(_ tools: [any Tool]) { set = ToolSet(tools) }

  public func tools(for scope: ToolScope) async -> ToolSet { set }
}
