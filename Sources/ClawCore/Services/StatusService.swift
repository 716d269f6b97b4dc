import ClawJSON

/// The load of a lane.
public struct LaneStatus: Sendable, Hashable {
  public let running: Int
  public let queued: Int
  /// Runs that wait for a decision, a child or a date; they occupy no slot.
  public let waiting: Int
  public let limit: Int

  public init(running: Int, queued: Int, waiting: Int = 0, limit: Int) {
    self.running = running
    self.queued = queued
    self.waiting = waiting
    self.limit = limit
  }
}

/// The engine's state, for `status` and `/ready`.
public struct EngineStatus: Sendable {
  public let uptime: Duration
  /// `sqlite` or `postgres`.
  public let store: String
  public let node: NodeID
  /// Of the principal's tenant (admins) or of the principal.
  public let sessions: Int
  public let lanes: [Lane: LaneStatus]

  public init(uptime: Duration, store: String, node: NodeID, sessions: Int, lanes: [Lane: LaneStatus]) {
    self.uptime = uptime
    self.store = store
    self.node = node
    self.sessions = sessions
    self.lanes = lanes
  }
}

/// Whether this process can accept work.
public enum Readiness: String, Sendable {
  case ready, starting, draining, degraded
}

/// Status of the engine.
public protocol StatusService: Sendable {
  func status(as principal: Principal) async throws -> EngineStatus
  /// Each check by name with `ok` or its problem, and the resulting state.
  func readiness() async -> (state: Readiness, checks: UTF8Dictionary<String>)
}
