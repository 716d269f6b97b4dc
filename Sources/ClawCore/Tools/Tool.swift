import ClawJSON

/// What a model is told about a tool.
public struct ToolDefinition: Sendable, Hashable {
  /// The name of the tool that reads skills; offered to agents that have some.
  public static let readSkill = "read_skill"

  public let name: String
  public let summary: String
  /// A JSON Schema of type `object`.
  public let parameters: JSONValue

  public init(name: String, summary: String, parameters: JSONValue) {
    self.name = name
    self.summary = summary
    self.parameters = parameters
  }
}

/// For whom a tool runs, and where.
public struct ToolContext: Sendable {
  public let principal: Principal
  public let agent: AgentKey
  public let session: SessionKey
  public let run: RunID
  /// The agent's own folder.
  public let workspace: String

  public init(principal: Principal, agent: AgentKey, session: SessionKey, run: RunID, workspace: String) {
    self.principal = principal
    self.agent = agent
    self.session = session
    self.run = run
    self.workspace = workspace
  }
}

/// Something an agent can do.
public protocol Tool: Sendable {
  var definition: ToolDefinition { get }

  /// Whether running it twice with the same arguments does no harm, so that a call which a crash cut off is simply
  /// run again. A tool that acts on the world says no; its call becomes ``ToolResult/interrupted``.
  var isRepeatable: Bool { get }

  /// Runs once per call. A failure that the model should learn of is a result with `isError`, not a thrown error;
  /// cancellation ends it, and what it started, within 3 seconds.
  func run(_ arguments: JSONValue, in context: ToolContext) async throws -> ToolResult
}
