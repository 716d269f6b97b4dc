import ClawCore

/// Timeouts of requests to providers.
public struct ModelTimeouts: Sendable, Hashable {
  /// Connection setup including TLS. Applied by the HTTP client, see ``ModelHTTP/configuration(_:)``.
  public var connect: Duration
  /// From sending the request to the head of the response.
  public var firstByte: Duration
  /// Between two pieces of a response. Time in which the reader applies backpressure does not count.
  public var silence: Duration
  /// From the finish reason to the end of the stream; only the usage is expected in between.
  public var ending: Duration
  /// For one provider's list of models.
  public var list: Duration

  public init(
    connect: Duration = .seconds(10), firstByte: Duration = .seconds(60), silence: Duration = .seconds(120),
    ending: Duration = .seconds(2), list: Duration = .seconds(5)
  ) {
    self.connect = connect
    self.firstByte = firstByte
    self.silence = silence
    self.ending = ending
    self.list = list
  }
}

/// Configuration of the model service.
public struct ModelsConfiguration: Sendable {
  /// Names are unique; the last of equal names wins.
  public var providers: [ProviderConfiguration]
  /// Used for agents without a model.
  public var standard: ModelReference
  public var timeouts: ModelTimeouts
  public var retry: RetryPolicy
  /// How long a list of models is cached.
  public var listLifetime: Duration
  /// How long after a refresh for an unknown name the lists are not refreshed again for another one.
  public var unknownNameMemory: Duration
  /// Thinking budget in tokens, for models that have one.
  public var thinkingBudget: Int
  /// A PEM file or directory of trusted certificates, instead of the system's; empty for the system's.
  public var trustFile: String
  /// Pause after each word of the demo model; with zero it is as fast as its reader.
  public var demoWordDelay: Duration

  public init(
    providers: [ProviderConfiguration], standard: ModelReference, timeouts: ModelTimeouts = ModelTimeouts(),
    retry: RetryPolicy = RetryPolicy(), listLifetime: Duration = .seconds(300),
    unknownNameMemory: Duration = .seconds(60), thinkingBudget: Int = 8192, trustFile: String = "",
    demoWordDelay: Duration = .zero
  ) {
    self.providers = providers
    self.standard = standard
    self.timeouts = timeouts
    self.retry = retry
    self.listLifetime = listLifetime
    self.unknownNameMemory = unknownNameMemory
    self.thinkingBudget = thinkingBudget
    self.trustFile = trustFile
    self.demoWordDelay = demoWordDelay
  }
}
