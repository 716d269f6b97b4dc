import ClawJSON

/// An event of a run. A session's log numbers them 1, 2, 3 … without gaps, and never reuses a number.
public struct RunEvent: Sendable, Hashable {
  public let address: SessionAddress
  public let seq: Int64
  public let run: RunID
  public let at: Timestamp
  public let body: Body

  public init(address: SessionAddress, seq: Int64, run: RunID, at: Timestamp, body: Body) {
    self.address = address
    self.seq = seq
    self.run = run
    self.at = at
    self.body = body
  }

  public enum Body: Sendable, Hashable {
    case started(model: String, provider: String, source: String, attempt: Int)
    case text(String)
    case thinking(String)
    case toolCall(ToolCall)
    /// The run waits, until this deadline.
    case waiting(for: WaitReason, until: Timestamp)
    /// The waiting run continues.
    case resumed
    case toolResult(id: String, name: String, isError: Bool, preview: String, durationMs: Int64)
    case completed(content: String, usage: TokenUsage, iterations: Int, durationMs: Int64)
    case failed(RunFailure)
    /// An event unknown to this version, as stored by another version of the program. Passed on with its number.
    case unknown(type: String, payload: JSONValue)

    /// Whether it is the run's last event.
    public var isTerminal: Bool {
      switch self {
      case .completed, .failed: true
      default: false
      }
    }
  }
}
