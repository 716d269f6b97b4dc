import ClawJSON

/// One thing that a run shows. The log of a session numbers them 1, 2, 3 … without gaps, and never again.
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
    /// The run waits, at most until then.
    case waiting(for: WaitReason, until: Timestamp)
    /// The run that waited goes on.
    case resumed
    case toolResult(id: String, name: String, isError: Bool, preview: String, durationMs: Int64)
    case completed(content: String, usage: TokenUsage, iterations: Int, durationMs: Int64)
    case failed(RunFailure)
    /// What this version does not know, as it is stored: another version of the program wrote it. It is passed on with
    /// its number.
    case unknown(type: String, payload: JSONValue)

    /// Whether nothing of the run comes after it.
    public var isTerminal: Bool {
      switch self {
      case .completed, .failed: true
      default: false
      }
    }
  }
}
