import ClawJSON

/// How full a lane is.
public struct LaneStatus: Sendable, Hashable {
  public let running: Int
  public let queued: Int
  /// Runs that wait for a decision, a child or a date; they take no place.
  public let waiting: Int
  public let limit: Int

  public init(running: Int, queued: Int, waiting: Int = 0, limit: Int) {
    self.running = running
    self.queued = queued
    self.waiting = waiting
    self.limit = limit
  }
}

/// How the engine is, for `status` and `/ready`.
public struct EngineStatus: Sendable {
  public let uptime: Duration
  /// `sqlite` or `postgres`.
  public let store: String
  public let node: NodeID
  /// Of the principal's tenant (admins) or the principal alone.
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

/// Whether this process can take work.
public enum Readiness: String, Sendable {
  case ready, starting, draining, degraded
}

/// The engine about itself.
public protocol StatusService: Sendable {
  func status(as principal: Principal) async throws -> EngineStatus
  /// Each check by name with `ok` or what is wrong, and what follows from them.
  func readiness() async -> (state: Readiness, checks: UTF8Dictionary<String>)
}
