import ClawCore

/// How long a provider may keep us waiting.
public struct ModelTimeouts: Sendable, Hashable {
  /// Until a connection stands, TLS included. Applied by the HTTP client, see ``ModelHTTP/configuration(_:)``.
  public var connect: Duration
  /// From sending the request to the head of the answer.
  public var firstByte: Duration
  /// Between two pieces of an answer. Time in which the reader holds the stream back doesn't count.
  public var silence: Duration
  /// From the word with which an answer ends to the end of the stream; in between only the usage is still to come.
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

/// Everything the model service is told at the start.
public struct ModelsConfiguration: Sendable {
  /// Names are unique; of two with the same name the later one counts.
  public var providers: [ProviderConfiguration]
  /// Used where an agent names no model.
  public var standard: ModelReference
  public var timeouts: ModelTimeouts
  public var retry: RetryPolicy
  /// How long a list of models is kept.
  public var listLifetime: Duration
  /// How long after the lists were asked for because of an unknown name they are not asked for again because of one.
  public var unknownNameMemory: Duration
  /// How many tokens a model may think where thinking is counted in tokens.
  public var thinkingBudget: Int
  /// A file of certificates in PEM, or a folder of such, that count instead of the system's; empty for the system's.
  public var trustFile: String
  /// Pause after each word of the demo model; zero means as fast as the reader takes them.
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
