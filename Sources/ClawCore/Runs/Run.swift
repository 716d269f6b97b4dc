import ClawJSON

/// Where a run waits and counts: people come before background work.
public enum Lane: String, Sendable, Hashable, Codable, CaseIterable {
  case main, subagent, cron
}

/// `queued → running ⇄ waiting → completed | failed | aborted`. A run that waits has no place in a lane, no lease and no
/// task.
public enum RunState: String, Sendable, Hashable, Codable {
  case queued, running, waiting, completed, failed, aborted

  public var isTerminal: Bool {
    switch self {
    case .queued, .running, .waiting: false
    case .completed, .failed, .aborted: true
    }
  }
}

/// How a run is to be done, as the caller asked for it; kept with the run so that a restart does it the same way.
public struct RunOptions: Sendable, Hashable {
  /// Whether text is shown as it comes.
  public var stream: Bool
  public var thinking: Bool
  /// A model for this run alone, as named by the caller. It is looked up once, when the run is accepted.
  public var model: String?
  /// The models that the run may use, in the order in which they are tried: what was found when it was accepted.
  public var candidates: [ModelReference]
  /// What the caller adds to the system prompt.
  public var instructions: String
  public var sampling: SamplingOptions

  public init(
    stream: Bool = true, thinking: Bool = false, model: String? = nil, candidates: [ModelReference] = [],
    instructions: String = "", sampling: SamplingOptions = SamplingOptions()
  ) {
    self.stream = stream
    self.thinking = thinking
    self.model = model
    self.candidates = candidates
    self.instructions = instructions
    self.sampling = sampling
  }
}

/// What a run came to.
public struct RunOutcome: Sendable, Hashable {
  public let run: RunID
  public let session: SessionKey
  public let state: RunState
  /// The last answer; for an aborted run what there was of it.
  public let content: String
  public let usage: TokenUsage
  /// Model calls made.
  public let iterations: Int
  public let stopReason: StopReason
  public let model: String
  /// Why it failed.
  public let failure: RunFailure?

  public init(
    run: RunID, session: SessionKey, state: RunState, content: String, usage: TokenUsage, iterations: Int,
    stopReason: StopReason = .stop, model: String = "", failure: RunFailure? = nil
  ) {
    self.run = run
    self.session = session
    self.state = state
    self.content = content
    self.usage = usage
    self.iterations = iterations
    self.stopReason = stopReason
    self.model = model
    self.failure = failure
  }
}

/// Why a run failed, safe to show.
public struct RunFailure: Sendable, Hashable {
  public let code: String
  public let message: String
  /// Milliseconds after which the provider said it would take another try.
  public let retryAfterMs: Int64?
  /// A finer word than the code where there is one, such as `context_length_exceeded` or `insufficient_quota`.
  public let reason: String?

  public init(code: String, message: String, retryAfterMs: Int64? = nil, reason: String? = nil) {
    self.code = code
    self.message = message
    self.retryAfterMs = retryAfterMs
    self.reason = reason
  }

  public init(_ error: ClawError) {
    self.init(
      code: error.code.rawValue, message: error.message, retryAfterMs: error.retryAfter.map(\.milliseconds),
      reason: error.details?[.reason]?.stringValue)
  }
}
