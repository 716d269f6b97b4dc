import ClawCore
import ClawJSON
import ClawStore

extension Engine: StatusService {
  public func status(as principal: Principal) async throws -> EngineStatus {
    let now = parts.time.now
    let (queued, parked) = try await parts.store.node.read { transaction in
      (try transaction.queue.waiting(now: now), try transaction.queue.parked())
    }
    let user = principal.seesAllUsers ? nil : principal.user
    let sessions = try await parts.store.tenant(principal.tenant).read { try $0.sessions.count(of: user) }
    let lanes = Lane.allCases.map { lane in
      (
        lane,
        LaneStatus(
          running: parts.registry.running(lane), queued: queued[lane] ?? 0, waiting: parked[lane] ?? 0,
          limit: parts.configuration.lanes[lane] ?? 1)
      )
    }
    return EngineStatus(
      uptime: now - startedAt, store: parts.store.engine, node: node, sessions: sessions,
      lanes: Dictionary(uniqueKeysWithValues: lanes))
  }

  public func readiness() async -> (state: Readiness, checks: UTF8Dictionary<String>) {
    var checks: UTF8Dictionary<String> = ["scheduler": "ok", "migrations": "ok"]
    do {
      try await parts.store.check(within: parts.configuration.readinessTimeout)
      checks["store"] = "ok"
    } catch {
      checks["store"] = ClawError(wrapping: error).message
    }
    switch phase {
    case .starting: checks["scheduler"] = "starting"
    case .draining: checks["scheduler"] = "draining"
    case .running: break
    }
    let state: Readiness =
      switch phase {
      case .starting: .starting
      case .draining: .draining
      case .running: checks["store"] == "ok" ? .ready : .degraded
      }
    return (state, checks)
  }
}
