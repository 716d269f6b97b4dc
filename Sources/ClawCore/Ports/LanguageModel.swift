/// What a model says while it is still speaking.
public enum ModelEvent: Sendable, Hashable {
  /// More of the answer; never empty, never part of a scalar.
  case text(String)
  /// More of its reasoning.
  case thinking(String)
}

/// Why a model stopped.
public enum StopReason: String, Sendable, Hashable, Codable {
  case stop, length, toolCalls = "tool_calls", contentFilter = "content_filter"
}

/// A whole answer. Its text is the concatenation of the text events.
public struct ModelReply: Sendable, Hashable {
  public var text: String
  public var calls: [ToolCall]
  public var providerParts: [ProviderPart]
  /// As the provider counted it, or an estimate; nil if there is neither.
  public var usage: TokenUsage?
  public var stopReason: StopReason
  /// Who answered in the end, after failover.
  public var model: ModelReference

  public init(
    text: String, calls: [ToolCall] = [], providerParts: [ProviderPart] = [], usage: TokenUsage? = nil,
    stopReason: StopReason = .stop, model: ModelReference
  ) {
    self.text = text
    self.calls = calls
    self.providerParts = providerParts
    self.usage = usage
    self.stopReason = stopReason
    self.model = model
  }
}

/// A model as listed to people.
public struct ModelDescription: Sendable, Hashable {
  public let reference: ModelReference
  public let name: String
  /// In tokens; nil where unknown.
  public let contextWindow: Int?
  public let isDefault: Bool

  public init(reference: ModelReference, name: String, contextWindow: Int?, isDefault: Bool) {
    self.reference = reference
    self.name = name
    self.contextWindow = contextWindow
    self.isDefault = isDefault
  }
}

/// The models that could be listed, and the providers that could not.
public struct ModelListing: Sendable {
  public var models: [ModelDescription]
  public var failures: [(provider: String, message: String)]

  public init(models: [ModelDescription] = [], failures: [(provider: String, message: String)] = []) {
    self.models = models
    self.failures = failures
  }
}

/// The way to all models: retries, failover and the vendors' dialects are behind it.
public protocol ModelService: Sendable {
  /// Asks the first of `candidates` that can answer. The observer is called with each piece in order, one at a time,
  /// and holds the stream back until it returns; an error it throws ends the call and is rethrown.
  ///
  /// Another attempt or another candidate is tried while nothing was shown, and afterwards where the observer allows
  /// it. Cancelling the task closes the provider's socket at once.
  /// - Throws: ``ClawError`` of kind `provider` when every candidate failed, `CancellationError` when cancelled.
  func reply(
    to request: ModelRequest, from candidates: [ModelReference], observer: ModelObserver
  ) async throws -> ModelReply

  /// The options in use that this model can't honour and that would change its answer; neutral values are none.
  func unsupportedOptions(of sampling: SamplingOptions, for model: ModelReference) -> [SamplingOption]

  /// Whether the model can see pictures.
  func takesImages(_ model: ModelReference) -> Bool

  /// What a person means by a name: `provider/model` of a configured provider, or the bare name of a model that one
  /// of them has as its default or lists in its table. Nil if nobody knows it.
  func resolve(_ name: String) -> ModelReference?

  /// As ``resolve(_:)``. Where nobody knows the name, the providers are asked for their lists first, once for all who
  /// ask at the same time; what is unknown after that stays so for a while without asking again.
  func find(_ name: String) async -> ModelReference?

  /// What is used where an agent names no model.
  var standard: ModelReference { get }

  /// In tokens; a cautious figure where the table has none.
  func contextWindow(of model: ModelReference) -> Int

  /// Asks the providers (all, or one) side by side for their lists.
  /// - Throws: ``ClawError`` with code `notFound` if `provider` is not configured.
  func list(provider: String?) async throws -> ModelListing
}

extension ModelService {
  public func find(_ name: String) async -> ModelReference? { resolve(name) }

  /// The same for an observer that shows each piece to somebody who can't take it back.
  public func reply(
    to request: ModelRequest, from candidates: [ModelReference],
    observe: @escaping @Sendable (ModelEvent) async throws -> Void
  ) async throws -> ModelReply {
    try await reply(to: request, from: candidates, observer: ModelObserver(observe))
  }

  public func unsupportedOptions(of sampling: SamplingOptions, for model: ModelReference) -> [SamplingOption] { [] }

  public func takesImages(_ model: ModelReference) -> Bool { true }
}
