import ClawJSON

/// Token usage with OpenAI's names.
public struct Usage: Codable, Sendable, Hashable {
  /// Input tokens of all model calls.
  public var prompt_tokens: Int
  /// Output tokens.
  public var completion_tokens: Int
  /// The sum of the two.
  public var total_tokens: Int
  /// True if a provider reported no usage and the gateway estimated it; omitted otherwise.
  public var estimated: Bool?

  /// Usage as reported by a provider, unless `estimated` is set.
  public init(prompt_tokens: Int, completion_tokens: Int, total_tokens: Int, estimated: Bool? = nil) {
    self.prompt_tokens = prompt_tokens
    self.completion_tokens = completion_tokens
    self.total_tokens = total_tokens
    self.estimated = estimated
  }
}

/// `chat.send`: stores a message durably, then runs the agent on it. The run continues if the connection is lost; see
/// contract section 5 for its events.
public enum ChatSend: Method {
  public static let name = "chat.send"
  public static let role = MethodRole.operator_
  public static let summary = "Stores a message and runs the agent on it."

  /// A message and the options of its run. See contract section 5.
  public struct Params: Codable, Sendable {
    /// Not blank; at most as many bytes as `runs.max_message_bytes`.
    public var message: String
    /// The agent to use; `default` if omitted, or the agent of ``sessionKey``, which must be the same.
    public var agentId: String?
    /// The session, `agent:{agentId}:{rest}`; `agent:{agentId}:ws:main` if omitted.
    public var sessionKey: String?
    /// The session's user, for admins; the caller if omitted.
    public var userId: String?
    /// Whether to stream the text as `chunk` events; true if omitted.
    public var stream: Bool?
    /// Whether to send the model's reasoning as `thinking` events; false if omitted.
    public var thinking: Bool?
    /// Overrides the agent's model: `provider/model`, or a name that one provider has; an unknown one is NOT_FOUND.
    public var model: String?
    /// 1 to 255 bytes, per tenant and user: for 24 h the same key gets the response of the first request and starts
    /// nothing. With another message it is ALREADY_EXISTS.
    public var idempotencyKey: String?
    /// True (the default) responds at the end of the run, false as soon as the message is stored.
    public var wait: Bool?
    /// How the message is handled while a run of the session is in progress: `queue` (the default), `steer` or
    /// `interrupt`.
    public var mode: String?

    /// By default uses the default agent's main session, streams, and waits for the end.
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

  /// `content`, `usage` and `iterations` are set unless `status` is `accepted`.
  public struct Result: Codable, Sendable {
    /// The run, as named in its events.
    public var runId: String
    /// The session of the message.
    public var sessionKey: String
    /// `accepted`, `completed` or `aborted`; a failed run is reported as an error.
    public var status: String
    /// The complete answer; of an aborted run, the part written so far.
    public var content: String?
    /// Tokens of all rounds.
    public var usage: Usage?
    /// Number of rounds, that is model calls.
    public var iterations: Int?

    /// Only the first three are set if the call did not wait for the run.
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

/// `chat.history`: a page of a transcript. A session that does not exist yet reads as empty.
public enum ChatHistory: Method {
  public static let name = "chat.history"
  public static let role = MethodRole.viewer
  public static let summary = "Reads the messages of a session, oldest first, in pages."

  /// Selects a page of a transcript.
  public struct Params: Codable, Sendable {
    /// A session that does not exist, or belongs to another user, has an empty page.
    public var sessionKey: String
    /// The session's user, for admins; the caller if omitted.
    public var userId: String?
    /// 1 to 500 messages; 100 if omitted.
    public var limit: Int?
    /// Only messages with a smaller `seq`: ``Result/nextBefore`` of the previous page.
    public var before: Int64?

    /// The latest messages by default.
    public init(sessionKey: String, userId: String? = nil, limit: Int? = nil, before: Int64? = nil) {
      self.sessionKey = sessionKey
      self.userId = userId
      self.limit = limit
      self.before = before
    }
  }

  /// A page of the transcript, read from one snapshot.
  public struct Result: Codable, Sendable {
    /// The requested session.
    public var sessionKey: String
    /// Oldest first.
    public var messages: [Message]
    /// Pass it as `before` for older messages; omitted at the beginning.
    public var nextBefore: Int64?
    /// Subscribing after this event delivers everything that is not yet in ``messages``, exactly once.
    public var resumeSeq: Int64

    /// Without `nextBefore` it is the page with the first message.
    public init(sessionKey: String, messages: [Message], nextBefore: Int64?, resumeSeq: Int64) {
      self.sessionKey = sessionKey
      self.messages = messages
      self.nextBefore = nextBefore
      self.resumeSeq = resumeSeq
    }
  }

  /// A row of a transcript; empty fields are omitted.
  public struct Message: Codable, Sendable {
    /// The number in the transcript, from 1; independent of event numbers.
    public var seq: Int64
    /// The id of the message, a UUIDv7.
    public var id: String
    /// `user`, `assistant`, `tool` or `system`.
    public var role: String
    /// The text; omitted if there is none, as in a message that only calls tools.
    public var content: String?
    /// The images and files in it; left out if there are none. `GET /v1/media/{id}` returns their bytes.
    public var media: [Media]?
    /// When it was stored, RFC 3339.
    public var createdAt: String
    /// The run that it belongs to; omitted for context that the caller supplied.
    public var runId: String?
    /// The model's calls, in a message with the role `assistant`.
    public var tool_calls: [ToolCall]?
    /// The call that this result belongs to, in a message with the role `tool`.
    public var tool_call_id: String?
    /// True for the result of a failed call; omitted otherwise.
    public var is_error: Bool?
    /// Usage of the model call, in a message with the role `assistant`.
    public var usage: Usage?

    /// Fields that do not apply to the role are omitted.
    public init(
      seq: Int64, id: String, role: String, content: String?, createdAt: String, runId: String?,
      tool_calls: [ToolCall]? = nil, tool_call_id: String? = nil, is_error: Bool? = nil, usage: Usage? = nil,
      media: [Media]? = nil
    ) {
      self.media = media
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

  /// An image, a file or a recording in a message.
  public struct Media: Codable, Sendable {
    /// The id for `GET /v1/media/{id}`, a UUIDv7.
    public var id: String
    /// `image`, `audio` or `file`.
    public var kind: String
    /// A media type such as `image/png`.
    public var type: String
    /// In bytes.
    public var size: Int

    /// A reference, without the bytes.
    public init(id: String, kind: String, type: String, size: Int) {
      self.id = id
      self.kind = kind
      self.type = type
      self.size = size
    }
  }

  /// A call requested by the model.
  public struct ToolCall: Codable, Sendable {
    /// Repeated as `tool_call_id` by its result.
    public var id: String
    /// The tool's name, as the model sees it.
    public var name: String
    /// The model's arguments; secrets are masked as `***`.
    public var arguments: JSONValue
    /// A call with masked arguments.
    public init(id: String, name: String, arguments: JSONValue) {
      self.id = id
      self.name = name
      self.arguments = arguments
    }
  }
}

/// `chat.abort`: aborts runs on any node. It responds at once; the runs have released everything within 3 s.
public enum ChatAbort: Method {
  public static let name = "chat.abort"
  public static let role = MethodRole.operator_
  public static let summary = "Stops one run, or all running and queued runs of a session."

  /// Exactly one of ``runId`` and ``sessionKey``.
  public struct Params: Codable, Sendable {
    /// One queued or running run.
    public var runId: String?
    /// All queued and running runs of a session.
    public var sessionKey: String?
    /// The session's user, for admins; the caller if omitted.
    public var userId: String?
    /// One of the first two is required.
    public init(runId: String? = nil, sessionKey: String? = nil, userId: String? = nil) {
      self.runId = runId
      self.sessionKey = sessionKey
      self.userId = userId
    }
  }

  /// The aborted runs; sent within 1 s, before the runs have ended.
  public struct Result: Codable, Sendable {
    /// Always true, even if nothing was running.
    public var ok: Bool
    /// Whether there was anything to abort.
    public var aborted: Bool
    /// The aborted runs; each ends with `run.failed` and the code `ABORTED`.
    public var runIds: [String]
    /// The result for these aborted runs.
    public init(runIds: [String]) {
      ok = true
      aborted = !runIds.isEmpty
      self.runIds = runIds
    }
  }
}

extension MethodCatalog {
  /// `chat.*`
  static let chat: [any Method.Type] = [ChatSend.self, ChatHistory.self, ChatAbort.self]
}
