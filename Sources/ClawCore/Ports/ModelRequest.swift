import ClawJSON

/// Sampling options of a request; unset ones use the provider's default.
public struct SamplingOptions: Sendable, Hashable {
  public var temperature: Double?
  public var topP: Double?
  /// Longest answer, in tokens.
  public var maxOutputTokens: Int?
  public var stop: [String]
  public var seed: Int?
  /// OpenAI's `response_format` object, passed through if the provider supports it.
  public var responseFormat: JSONValue?
  /// How much to think before the answer; nil leaves it to the model.
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

/// A complete request to a model. Stable parts come first and are serialized deterministically, so that they can be in
/// a provider's prompt cache.
public struct ModelRequest: Sendable {
  /// The stable part of the system prompt.
  public var system: String
  /// The variable part (the caller's instructions for this turn); may be empty.
  public var systemSuffix: String
  /// The conversation, oldest first; the last one is being answered.
  public var exchanges: [Exchange]
  public var tools: [ToolSpec]
  public var sampling: SamplingOptions
  /// Whether the model should think before it answers, if it can.
  public var thinking: Bool
  /// An opaque ID of the conversation that may be sent to the provider for its abuse detection; never a name.
  public var conversation: String
  /// Reads the media of the conversation.
  public var media: MediaSource

  public init(
    system: String, systemSuffix: String = "", exchanges: [Exchange], tools: [ToolSpec] = [],
    sampling: SamplingOptions = SamplingOptions(), thinking: Bool = false, conversation: String = "",
    media: MediaSource = .none
  ) {
    self.system = system
    self.systemSuffix = systemSuffix
    self.exchanges = exchanges
    self.tools = tools
    self.sampling = sampling
    self.thinking = thinking
    self.conversation = conversation
    self.media = media
  }
}
