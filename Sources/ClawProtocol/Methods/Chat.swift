import ClawJSON

/// Tokens as OpenAI names them.
public struct Usage: Codable, Sendable, Hashable {
  /// Tokens that the model read, in all its calls.
  public var prompt_tokens: Int
  /// Tokens that the model wrote.
  public var completion_tokens: Int
  /// The sum of the two.
  public var total_tokens: Int
  /// True where a provider told no figures, so that these are the gateway's estimate; left out otherwise.
  public var estimated: Bool?

  /// Figures of a provider, unless `estimated` says otherwise.
  public init(prompt_tokens: Int, completion_tokens: Int, total_tokens: Int, estimated: Bool? = nil) {
    self.prompt_tokens = prompt_tokens
    self.completion_tokens = completion_tokens
    self.total_tokens = total_tokens
    self.estimated = estimated
  }
}

/// `chat.send`: stores a message durably, then runs the agent on it. The run goes on when the connection is lost; see
/// contract section 5 for its events.
public enum ChatSend: Method {
  public static let name = "chat.send"
  public static let role = MethodRole.operator_
  public static let summary = "Stores a message and runs the agent on it."

  /// A message, and how it is to be answered. See contract section 5.
  public struct Params: Codable, Sendable {
    /// Not blank; at most as many bytes as `runs.max_message_bytes`.
    public var message: String
    /// The agent to ask; `default` if left out, or the agent of ``sessionKey``, which must agree.
    public var agentId: String?
    /// The conversation, `agent:{agentId}:{rest}`; `agent:{agentId}:ws:main` if left out.
    public var sessionKey: String?
    /// Whose conversation it is, for admins; the caller's own if left out.
    public var userId: String?
    /// Whether text comes as `chunk` events while it is written; true if left out.
    public var stream: Bool?
    /// Whether the model's reasoning is shown as `thinking` events; false if left out.
    public var thinking: Bool?
    /// Another model than the agent's: `provider/model` or a name that one provider has; unknown ones are NOT_FOUND.
    public var model: String?
    /// 1 to 255 bytes, per tenant and user: for 24 h the same key answers as the first request did and starts nothing.
    /// With another message it is ALREADY_EXISTS.
    public var idempotencyKey: String?
    /// True (if left out) answers at the end of the run, false as soon as the message is stored.
    public var wait: Bool?
    /// How the message goes in while a run of the session is under way: `queue` (the default), `steer` or `interrupt`.
    public var mode: String?

    /// Asks the default agent in its main session, streams, and waits for the end, unless told otherwise.
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
    /// The run, as its events name it.
    public var runId: String
    /// The session that the message went to.
    public var sessionKey: String
    /// `accepted`, `completed` or `aborted`; a failed run is answered with an error.
    public var status: String
    /// The whole answer; of an aborted run what there was of it.
    public var content: String?
    /// Tokens of all rounds.
    public var usage: Usage?
    /// Rounds, that is calls of the model.
    public var iterations: Int?

    /// Only the first three are given when the message was accepted and not waited for.
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

/// `chat.history`: a page of a transcript. A session may be read before it is begun, and is empty then.
public enum ChatHistory: Method {
  public static let name = "chat.history"
  public static let role = MethodRole.viewer
  public static let summary = "Reads the messages of a session, oldest first, in pages."

  /// Which page of which transcript.
  public struct Params: Codable, Sendable {
    /// A session that does not exist, or is somebody else's, has an empty page.
    public var sessionKey: String
    /// Whose session it is, for admins; the caller's own if left out.
    public var userId: String?
    /// 1 to 500 messages; 100 if left out.
    public var limit: Int?
    /// Only messages with a smaller `seq`: ``Result/nextBefore`` of the page before.
    public var before: Int64?

    /// The newest messages, unless told before which.
    public init(sessionKey: String, userId: String? = nil, limit: Int? = nil, before: Int64? = nil) {
      self.sessionKey = sessionKey
      self.userId = userId
      self.limit = limit
      self.before = before
    }
  }

  /// A page of the transcript, read in one snapshot.
  public struct Result: Codable, Sendable {
    /// The session that was asked for.
    public var sessionKey: String
    /// Oldest first.
    public var messages: [Message]
    /// Pass it as `before` to go further back; left out at the beginning.
    public var nextBefore: Int64?
    /// Subscribing after this event gives what is not yet in ``messages``, whole and once.
    public var resumeSeq: Int64

    /// Without `nextBefore` it is the page with the first message.
    public init(sessionKey: String, messages: [Message], nextBefore: Int64?, resumeSeq: Int64) {
      self.sessionKey = sessionKey
      self.messages = messages
      self.nextBefore = nextBefore
      self.resumeSeq = resumeSeq
    }
  }

  /// A row of a transcript; empty fields are left out.
  public struct Message: Codable, Sendable {
    /// The number in the transcript, from 1; another counter than that of events.
    public var seq: Int64
    /// The id of the message, a UUIDv7.
    public var id: String
    /// `user`, `assistant`, `tool` or `system`.
    public var role: String
    /// The text; left out where there is none, as in a message that only calls tools.
    public var content: String?
    /// When it was stored, RFC 3339.
    public var createdAt: String
    /// The run that it belongs to; left out for context that a caller brought along.
    public var runId: String?
    /// The calls that the model made, in a message of the assistant.
    public var tool_calls: [ToolCall]?
    /// The call that this answers, in a message of the role `tool`.
    public var tool_call_id: String?
    /// True for the result of a call that failed; left out otherwise.
    public var is_error: Bool?
    /// Tokens of the model's call that wrote this, in a message of the assistant.
    public var usage: Usage?

    /// What the role does not have is left out.
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

  /// A call as the model made it.
  public struct ToolCall: Codable, Sendable {
    /// What the result's `tool_call_id` repeats.
    public var id: String
    /// The tool's name, as the model was shown it.
    public var name: String
    /// What the model passed; secrets are masked as `***`.
    public var arguments: JSONValue
    /// A call with masked arguments.
    public init(id: String, name: String, arguments: JSONValue) {
      self.id = id
      self.name = name
      self.arguments = arguments
    }
  }
}

/// `chat.abort`: stops runs on whatever node they are. It answers at once; what they hold is gone within 3 s.
public enum ChatAbort: Method {
  public static let name = "chat.abort"
  public static let role = MethodRole.operator_
  public static let summary = "Stops one run, or all running and queued runs of a session."

  /// Exactly one of ``runId`` and ``sessionKey``.
  public struct Params: Codable, Sendable {
    /// One run, queued or running.
    public var runId: String?
    /// All runs of a session, queued and running.
    public var sessionKey: String?
    /// Whose session it is, for admins; the caller's own if left out.
    public var userId: String?
    /// One of the first two has to be given.
    public init(runId: String? = nil, sessionKey: String? = nil, userId: String? = nil) {
      self.runId = runId
      self.sessionKey = sessionKey
      self.userId = userId
    }
  }

  /// What was stopped; answered within 1 s, before the runs are gone.
  public struct Result: Codable, Sendable {
    /// Always true, also where nothing ran.
    public var ok: Bool
    /// Whether there was anything to stop.
    public var aborted: Bool
    /// The runs that were stopped; each ends with `run.failed` and the code `ABORTED`.
    public var runIds: [String]
    /// The answer that these runs were stopped.
    public init(runIds: [String]) {
      ok = true
      aborted = !runIds.isEmpty
      self.runIds = runIds
    }
  }
}
