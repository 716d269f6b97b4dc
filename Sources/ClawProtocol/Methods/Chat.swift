import ClawJSON

/// Tokens as OpenAI names them.
public struct Usage: Codable, Sendable, Hashable {
  public var prompt_tokens: Int
  public var completion_tokens: Int
  public var total_tokens: Int
  /// True where a provider told no figures, so that these are the gateway's estimate; left out otherwise.
  public var estimated: Bool?

  public init(prompt_tokens: Int, completion_tokens: Int, total_tokens: Int, estimated: Bool? = nil) {
    self.prompt_tokens = prompt_tokens
    self.completion_tokens = completion_tokens
    self.total_tokens = total_tokens
    self.estimated = estimated
  }
}

/// Says something to an agent.
public enum ChatSend: Method {
  public static let name = "chat.send"
  public static let role = MethodRole.operator_
  public static let summary = "Stores a message and runs the agent on it."

  public struct Params: Codable, Sendable {
    public var message: String
    public var agentId: String?
    public var sessionKey: String?
    public var userId: String?
    public var stream: Bool?
    public var thinking: Bool?
    public var model: String?
    public var idempotencyKey: String?
    public var wait: Bool?
    /// How the message goes in while a run of the session is under way: `queue` (the default), `steer` or `interrupt`.
    public var mode: String?

    public init(
      message: String, agentId: String? = nil, sessionKey: String? = nil, userId: String? = nil, stream: Bool? = nil,
      thinking: Bool? = nil, model: String? = nil, idempotencyKey: String? = nil, wait: Bool? = nil,
      mode: String? = nil
    ) {
      self.message = message
      self.agentId = agentId
      self.sessionKey = sessionKey
      self.userId = userId
      self.stream = stream
      self.thinking = thinking
      self.model = model
      self.idempotencyKey = idempotencyKey
      self.wait = wait
      self.mode = mode
    }
  }

  /// `content`, `usage` and `iterations` are there unless `status` is `accepted`.
  public struct Result: Codable, Sendable {
    public var runId: String
    public var sessionKey: String
    public var status: String
    public var content: String?
    public var usage: Usage?
    public var iterations: Int?

    public init(
      runId: String, sessionKey: String, status: String, content: String? = nil, usage: Usage? = nil,
      iterations: Int? = nil
    ) {
      self.runId = runId
      self.sessionKey = sessionKey
      self.status = status
      self.content = content
      self.usage = usage
      self.iterations = iterations
    }
  }
}

/// Reads a transcript.
public enum ChatHistory: Method {
  public static let name = "chat.history"
  public static let role = MethodRole.viewer
  public static let summary = "Reads the messages of a session, oldest first, in pages."

  public struct Params: Codable, Sendable {
    public var sessionKey: String
    public var userId: String?
    public var limit: Int?
    public var before: Int64?

    public init(sessionKey: String, userId: String? = nil, limit: Int? = nil, before: Int64? = nil) {
      self.sessionKey = sessionKey
      self.userId = userId
      self.limit = limit
      self.before = before
    }
  }

  public struct Result: Codable, Sendable {
    public var sessionKey: String
    public var messages: [Message]
    public var nextBefore: Int64?
    public var resumeSeq: Int64

    public init(sessionKey: String, messages: [Message], nextBefore: Int64?, resumeSeq: Int64) {
      self.sessionKey = sessionKey
      self.messages = messages
      self.nextBefore = nextBefore
      self.resumeSeq = resumeSeq
    }
  }

  /// A row of a transcript; empty fields are left out.
  public struct Message: Codable, Sendable {
    public var seq: Int64
    public var id: String
    public var role: String
    public var content: String?
    public var createdAt: String
    public var runId: String?
    public var tool_calls: [ToolCall]?
    public var tool_call_id: String?
    public var is_error: Bool?
    public var usage: Usage?

    public init(
      seq: Int64, id: String, role: String, content: String?, createdAt: String, runId: String?,
      tool_calls: [ToolCall]? = nil, tool_call_id: String? = nil, is_error: Bool? = nil, usage: Usage? = nil
    ) {
      self.seq = seq
      self.id = id
      self.role = role
      self.content = content
      self.createdAt = createdAt
      self.runId = runId
      self.tool_calls = tool_calls
      self.tool_call_id = tool_call_id
      self.is_error = is_error
      self.usage = usage
    }
  }

  public struct ToolCall: Codable, Sendable {
    public var id: String
    public var name: String
    public var arguments: JSONValue
    public init(id: String, name: String, arguments: JSONValue) {
      self.id = id
      self.name = name
      self.arguments = arguments
    }
  }
}

/// Stops runs.
public enum ChatAbort: Method {
  public static let name = "chat.abort"
  public static let role = MethodRole.operator_
  public static let summary = "Stops one run, or all running and queued runs of a session."

  public struct Params: Codable, Sendable {
    public var runId: String?
    public var sessionKey: String?
    public var userId: String?
    public init(runId: String? = nil, sessionKey: String? = nil, userId: String? = nil) {
      self.runId = runId
      self.sessionKey = sessionKey
      self.userId = userId
    }
  }

  public struct Result: Codable, Sendable {
    public var ok: Bool
    public var aborted: Bool
    public var runIds: [String]
    public init(runIds: [String]) {
      ok = true
      aborted = !runIds.isEmpty
      self.runIds = runIds
    }
  }
}
