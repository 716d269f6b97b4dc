import ClawJSON

/// The queue and concurrency limit of a run: interactive runs are separate from background work.
public enum Lane: String, Sendable, Hashable, Codable, CaseIterable {
  case main, subagent, cron
}

/// `queued → running ⇄ waiting → completed | failed | aborted`. A waiting run occupies no slot, lease or task.
public enum RunState: String, Sendable, Hashable, Codable {
  case queued, running, waiting, completed, failed, aborted

  public var isTerminal: Bool {
    switch self {
    case .queued, .running, .waiting: false
    case .completed, .failed, .aborted: true
    }
  }
}

/// The caller's options of a run; stored with it so that a restart uses the same.
public struct RunOptions: Sendable, Hashable {
  /// Whether text is streamed.
  public var stream: Bool
  public var thinking: Bool
  /// The caller's model for this run only. Resolved once, when the run is accepted.
  public var model: String?
  /// The models that the run may use, in order of preference, resolved when it was accepted.
  public var candidates: [ModelReference]
  /// The caller's addition to the system prompt.
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

/// The outcome of a run.
public struct RunOutcome: Sendable, Hashable {
  public let run: RunID
  public let session: SessionKey
  public let state: RunState
  /// The last answer; for an aborted run, the part written so far.
  public let content: String
  public let usage: TokenUsage
  /// Number of model calls.
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
  /// The retry delay stated by the provider, in milliseconds.
  public let retryAfterMs: Int64?
  /// A more specific reason than the code, such as `context_length_exceeded` or `insufficient_quota`.
  public let reason: String?

  public init(code: String, message: String, retryAfterMs: Int64? = nil, reason: String? = nil) {
    self.code = code
    self.message = message
    self.retryAfterMs = retryAfterMs
    self.reason = reason
  }

  /// The failure of an aborted run.
  public static let aborted = RunFailure(
    code: ClawError.Code.aborted.rawValue, message: "the run was stopped on request")

  public init(_ error: ClawError) {
    self.init(
      code: error.code.rawValue, message: error.message, retryAfterMs: error.retryAfter.map(\.milliseconds),
      reason: error.details?[.reason]?.stringValue)
  }
}
