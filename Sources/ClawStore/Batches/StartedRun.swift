import ClawCore

/// A run that started when it was accepted, with all state known by then.
public struct StartedRun: Sendable {
  public let lease: Lease
  /// The run before it started.
  public let record: RunRecord
  public let agent: Agent
  /// The models that it may use, in order.
  public let candidates: [ModelReference]
  public let startedAt: Timestamp
  public let window: WindowBounds
}
