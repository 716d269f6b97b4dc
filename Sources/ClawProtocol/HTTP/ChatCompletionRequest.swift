import ClawJSON

/// The body of `POST /v1/chat/completions`: OpenAI's request, as far as it is honoured or has to be refused. Fields
/// that are not named here are ignored.
/// See <https://platform.openai.com/docs/api-reference/chat/create>.
public struct ChatCompletionRequest: Codable, Sendable {
  /// An agent (`swiftclaw:<agent>`, `goclaw:<agent>`, `agent:<agent>`, `<agent>`) or a model.
  public var model: String?
  /// The conversation; the last user message starts the run, the earlier ones are the context of a call without a
  /// session.
  public var messages: [ChatCompletionMessage]
  /// Whether the answer comes as server-sent events; false if left out.
  public var stream: Bool?
  /// Only read when the answer is streamed.
  public var stream_options: StreamOptions?
  /// The acting user, unless a header names one.
  public var user: String?
  /// Randomness of sampling, 0 to 2; the model's own if left out.
  public var temperature: Double?
  /// Nucleus sampling, 0 to 1; the model's own if left out.
  public var top_p: Double?
  /// OpenAI's older name of ``max_completion_tokens``.
  public var max_tokens: Int?
  /// The most tokens that one call of the model may answer with.
  public var max_completion_tokens: Int?
  /// Texts at which the model stops; they are not part of the answer.
  public var stop: StopSequences?
  /// Asks the model to sample the same way again, where it can.
  public var seed: Int?
  /// `text`, `json_object` or `json_schema`, passed on to the model.
  public var response_format: JSONValue?
  /// `none`, `minimal`, `low`, `medium`, `high`, `xhigh` or `max`, where the model can be told.
  public var reasoning_effort: String?
  /// `session_key` continues a stored session; `abort_on_disconnect` stops the run of a caller who leaves.
  public var metadata: JSONObject?
  /// Only 1.
  public var n: Int?

  /// With `false` the call leaves nothing behind, as one without a session does.
  public var store: Bool?

  // Refused where they would change the answer.
  /// Refused unless it is left out or asks for what is done anyway.
  public var verbosity: String?
  /// Refused where it would change which calls the model makes at once.
  public var parallel_tool_calls: Bool?
  /// The caller's own functions.
  public var tools: [JSONValue]?
  /// Which of ``tools`` the model has to call.
  public var tool_choice: JSONValue?
  /// OpenAI's older name of ``tools``.
  public var functions: [JSONValue]?
  /// OpenAI's older name of ``tool_choice``.
  public var function_call: JSONValue?
  /// Whether the answer is to carry the probabilities of its tokens.
  public var logprobs: Bool?
  /// How many alternatives to each token.
  public var top_logprobs: Int?
  /// Token ids with what is added to their logits.
  public var logit_bias: JSONObject?
  /// Penalty for tokens by how often they were used, -2 to 2.
  public var frequency_penalty: Double?
  /// Penalty for tokens that were used at all, -2 to 2.
  public var presence_penalty: Double?
  /// Kinds of output; only `text` is given.
  public var modalities: [String]?
  /// Voice and format of spoken output.
  public var audio: JSONValue?
  /// Options of a search by the vendor itself.
  public var web_search_options: JSONValue?

  /// What a streamed answer carries beside its text.
  public struct StreamOptions: Codable, Sendable {
    /// Whether a last chunk tells the usage.
    public var include_usage: Bool?
  }

  /// One text or several.
  public enum StopSequences: Codable, Sendable, Hashable {
    /// A single text.
    case one(String)
    /// Several texts; the first that appears counts.
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

    /// The texts as a list, however they were written.
    public var texts: [String] {
      switch self {
      case .one(let text): [text]
      case .several(let texts): texts
      }
    }
  }
}
