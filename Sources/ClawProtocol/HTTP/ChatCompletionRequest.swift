import ClawJSON

/// The body of `POST /v1/chat/completions`: OpenAI's request, as far as it is honoured or has to be refused. Fields
/// that are not named here are ignored.
/// See <https://platform.openai.com/docs/api-reference/chat/create>.
public struct ChatCompletionRequest: Codable, Sendable {
  /// An agent (`swiftclaw:<agent>`, `goclaw:<agent>`, `agent:<agent>`, `<agent>`) or a model.
  public var model: String?
  public var messages: [ChatCompletionMessage]
  public var stream: Bool?
  public var stream_options: StreamOptions?
  /// The acting user, unless a header names one.
  public var user: String?
  public var temperature: Double?
  public var top_p: Double?
  public var max_tokens: Int?
  public var max_completion_tokens: Int?
  public var stop: StopSequences?
  public var seed: Int?
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
  public var verbosity: String?
  public var parallel_tool_calls: Bool?
  public var tools: [JSONValue]?
  public var tool_choice: JSONValue?
  public var functions: [JSONValue]?
  public var function_call: JSONValue?
  public var logprobs: Bool?
  public var top_logprobs: Int?
  public var logit_bias: JSONObject?
  public var frequency_penalty: Double?
  public var presence_penalty: Double?
  public var modalities: [String]?
  public var audio: JSONValue?
  public var web_search_options: JSONValue?

  public struct StreamOptions: Codable, Sendable {
    /// Whether a last chunk tells the usage.
    public var include_usage: Bool?
  }

  /// One text or several.
  public enum StopSequences: Codable, Sendable, Hashable {
    case one(String)
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

    public var texts: [String] {
      switch self {
      case .one(let text): [text]
      case .several(let texts): texts
      }
    }
  }
}
