import ClawCore

/// A run that began as it was accepted, with all that is known of it by then.
public struct StartedRun: Sendable {
  public let lease: Lease
  /// The run as it was before it began.
  public let record: RunRecord
  public let agent: Agent
  /// The models that it may use, in order.
  public let candidates: [ModelReference]
  public let startedAt: Timestamp
  public let window: WindowBounds
}
