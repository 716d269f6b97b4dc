import ClawJSON

/// The body of `POST /v1/chat/completions`: the fields of OpenAI's request that are supported or must be rejected.
/// Fields not listed here are ignored. See <https://platform.openai.com/docs/api-reference/chat/create>.
public struct ChatCompletionRequest: Codable, Sendable {
  /// An agent (`swiftclaw:<agent>`, `goclaw:<agent>`, `agent:<agent>`, `<agent>`) or a model.
  public var model: String?
  /// The conversation; the last user message starts the run, earlier ones are the context of a call without a session.
  public var messages: [ChatCompletionMessage]
  /// Whether to stream the answer as server-sent events; false if omitted.
  public var stream: Bool?
  /// Used only for a streamed answer.
  public var stream_options: StreamOptions?
  /// The acting user, unless a header names one.
  public var user: String?
  /// Sampling temperature, 0 to 2; the model's default if omitted.
  public var temperature: Double?
  /// Nucleus sampling, 0 to 1; the model's default if omitted.
  public var top_p: Double?
  /// OpenAI's older name of ``max_completion_tokens``.
  public var max_tokens: Int?
  /// Maximum number of tokens of one model call.
  public var max_completion_tokens: Int?
  /// Stop sequences; they are not part of the answer.
  public var stop: StopSequences?
  /// Requests deterministic sampling, if the model supports it.
  public var seed: Int?
  /// `text`, `json_object` or `json_schema`, passed on to the model.
  public var response_format: JSONValue?
  /// `none`, `minimal`, `low`, `medium`, `high`, `xhigh` or `max`, if the model supports it.
  public var reasoning_effort: String?
  /// `session_key` continues a stored session; `abort_on_disconnect` aborts the run when the client disconnects.
  public var metadata: JSONObject?
  /// Only 1.
  public var n: Int?

  /// With `false` the call stores nothing, like one without a session.
  public var store: Bool?

  // Rejected if they would change the answer.
  /// Rejected unless it is omitted or has the default value.
  public var verbosity: String?
  /// Rejected if it would change which calls the model makes in parallel.
  public var parallel_tool_calls: Bool?
  /// The caller's own functions.
  public var tools: [JSONValue]?
  /// Which of ``tools`` the model must call.
  public var tool_choice: JSONValue?
  /// OpenAI's older name of ``tools``.
  public var functions: [JSONValue]?
  /// OpenAI's older name of ``tool_choice``.
  public var function_call: JSONValue?
  /// Whether to return the log probabilities of the tokens.
  public var logprobs: Bool?
  /// Number of alternatives per token.
  public var top_logprobs: Int?
  /// Token IDs with the bias added to their logits.
  public var logit_bias: JSONObject?
  /// Penalty for tokens by their frequency, -2 to 2.
  public var frequency_penalty: Double?
  /// Penalty for tokens that occurred at all, -2 to 2.
  public var presence_penalty: Double?
  /// Output types; only `text` is supported.
  public var modalities: [String]?
  /// Voice and format of spoken output.
  public var audio: JSONValue?
  /// Options of the vendor's web search.
  public var web_search_options: JSONValue?

  /// Options of a streamed response.
  public struct StreamOptions: Codable, Sendable {
    /// Whether to send a last chunk with the usage.
    public var include_usage: Bool?
  }

  /// One text or several.
  public enum StopSequences: Codable, Sendable, Hashable {
    /// A single text.
    case one(String)
    /// Several texts; the first that occurs applies.
    case several([String])

    public init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let text = try? container.decode(String.self) {
        self = .one(text)
      } else {
        self = .several(try container.decode([String].self))
      }
    }

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .one(let text): try container.encode(text)
      case .several(let texts): try container.encode(texts)
      }
    }

    /// The texts as an array, in either form.
    public var texts: [String] {
      switch self {
      case .one(let text): [text]
      case .several(let texts): texts
      }
    }
  }
}
