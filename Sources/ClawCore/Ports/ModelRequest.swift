import ClawJSON

/// What a caller may ask of the sampling; nothing set means the provider's default.
public struct SamplingOptions: Sendable, Hashable {
  public var temperature: Double?
  public var topP: Double?
  /// Longest answer, in tokens.
  public var maxOutputTokens: Int?
  public var stop: [String]
  public var seed: Int?
  /// OpenAI's `response_format` object, passed through where the provider takes it.
  public var responseFormat: JSONValue?
  /// How much to think before the answer; nil leaves that to the model.
  public var reasoningEffort: ReasoningEffort?

  public init(
    temperature: Double? = nil, topP: Double? = nil, maxOutputTokens: Int? = nil, stop: [String] = [],
    seed: Int? = nil, responseFormat: JSONValue? = nil, reasoningEffort: ReasoningEffort? = nil
  ) {
    self.temperature = temperature
    self.topP = topP
    self.maxOutputTokens = maxOutputTokens
    self.stop = stop
    self.seed = seed
    self.responseFormat = responseFormat
    self.reasoningEffort = reasoningEffort
  }
}

/// One question to a model: everything it is to know. The stable parts come first and serialise to the same bytes
/// each time, so that a provider's prompt cache can hold them.
public struct ModelRequest: Sendable {
  /// The part of the system prompt that stays the same from turn to turn.
  public var system: String
  /// The part that changes (what the caller added for this turn); may be empty.
  public var systemSuffix: String
  /// The conversation, oldest first; the last one is being answered.
  public var exchanges: [Exchange]
  public var tools: [ToolSpec]
  public var sampling: SamplingOptions
  /// Whether the model is to think before it answers, where it can.
  public var thinking: Bool
  /// Who asks, as an opaque id that may go to the provider for its abuse detection; never a name.
  public var conversation: String

  public init(
    system: String, systemSuffix: String = "", exchanges: [Exchange], tools: [ToolSpec] = [],
    sampling: SamplingOptions = SamplingOptions(), thinking: Bool = false, conversation: String = ""
  ) {
    self.system = system
    self.systemSuffix = systemSuffix
    self.exchanges = exchanges
    self.tools = tools
    self.sampling = sampling
    self.thinking = thinking
    self.conversation = conversation
  }
}
