/// A piece of a streamed answer.
public enum ModelEvent: Sendable, Hashable {
  /// More of the answer; never empty, and never part of a scalar.
  case text(String)
  /// More of its reasoning.
  case thinking(String)
}

/// Why a model stopped.
public enum StopReason: String, Sendable, Hashable, Codable {
  case stop, length, toolCalls = "tool_calls", contentFilter = "content_filter"
}

/// A complete answer. Its text is the concatenation of the text events.
public struct ModelReply: Sendable, Hashable {
  public var text: String
  public var calls: [ToolCall]
  public var providerParts: [ProviderPart]
  /// As counted by the provider, or an estimate; nil if there is neither.
  public var usage: TokenUsage?
  public var stopReason: StopReason
  /// The model that answered, after failover.
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

/// A model for display.
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

/// The listed models, and the providers whose list failed.
public struct ModelListing: Sendable {
  public var models: [ModelDescription]
  public var failures: [(provider: String, message: String)]

  public init(models: [ModelDescription] = [], failures: [(provider: String, message: String)] = []) {
    self.models = models
    self.failures = failures
  }
}

/// Access to all models; retries, failover and the vendors' APIs are hidden behind it.
public protocol ModelService: Sendable {
  /// Calls the first of `candidates` that can answer. The observer is called with each piece in order, one at a time,
  /// and applies backpressure until it returns; an error it throws ends the call and is rethrown.
  ///
  /// Further attempts and candidates are tried as long as nothing was shown, and afterwards if the observer allows it.
  /// Cancelling the task closes the provider's socket at once.
  /// - Throws: ``ClawError`` of kind `provider` when every candidate failed, `CancellationError` when cancelled.
  func reply(
    to request: ModelRequest, from candidates: [ModelReference], observer: ModelObserver
  ) async throws -> ModelReply

  /// The options set that this model does not support and that would change its answer; neutral values are not
  /// included.
  func unsupportedOptions(of sampling: SamplingOptions, for model: ModelReference) -> [SamplingOption]

  /// Whether the model accepts images.
  func takesImages(_ model: ModelReference) -> Bool

  /// Resolves a model name: `provider/model` of a configured provider, or the bare name of a model that is a provider's
  /// default or in its table. Nil if it is unknown.
  func resolve(_ name: String) -> ModelReference?

  /// As ``resolve(_:)``. An unknown name causes one refresh of the providers' lists for all concurrent callers; names
  /// still unknown after it are not looked up again for a while.
  func find(_ name: String) async -> ModelReference?

  /// The default for agents without a model.
  var standard: ModelReference { get }

  /// In tokens; a conservative default if unknown.
  func contextWindow(of model: ModelReference) -> Int

  /// Fetches the lists of all providers, or one, concurrently.
  /// - Throws: ``ClawError`` with code `notFound` if `provider` is not configured.
  func list(provider: String?) async throws -> ModelListing
}

extension ModelService {
  public func find(_ name: String) async -> ModelReference? { resolve(name) }

  /// The same with an observer that can't retract a piece once it is shown.
  public func reply(
    to request: ModelRequest, from candidates: [ModelReference],
    observe: @escaping @Sendable (ModelEvent) async throws -> Void
  ) async throws -> ModelReply {
    try await reply(to: request, from: candidates, observer: ModelObserver(observe))
  }

  public func unsupportedOptions(of sampling: SamplingOptions, for model: ModelReference) -> [SamplingOption] { [] }

  public func takesImages(_ model: ModelReference) -> Bool { true }
}
