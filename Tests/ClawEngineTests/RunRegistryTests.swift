import ClawCore
import ClawStore
import Testing

@testable import ClawEngine

@Suite("The runs of a node")
struct RunRegistryTests {
  private func began(_ name: String, in registry: RunRegistry) -> RunID {
    let run = RunID(unchecked: name)
    _ = registry.add(run, lane: .main)
    let key = SessionKey(unchecked: "agent:default:\(name)")
    registry.began(
      Lease(tenant: .standard, run: run, fence: 1),
      in: SessionAddress(tenant: .standard, user: UserID(unchecked: "ann"), key: key))
    return run
  }

  @Test("whoever learns of an end finds room for the next run")
  func over() {
    let registry = RunRegistry()
    let run = began("a", in: registry)
    #expect(!registry.hasRoom(.main, limit: 1))
    registry.over(run)
    registry.over(run)
    #expect(registry.hasRoom(.main, limit: 1) && registry.running(.main) == 0)
    // It is still being removed, and is still known.
    #expect(registry.isRunning(run))
    let next = began("b", in: registry)
    let freed = registry.remove(run, limits: [.main: 1])
    #expect(freed.lane == .main && freed.wasFull)
    #expect(registry.running(.main) == 1)
    registry.remove(next)
    #expect(registry.running(.main) == 0)
  }

  @Test("leases are in the order of their sessions, without what is over")
  func leases() {
    let registry = RunRegistry()
    let runs = ["c", "a", "d", "b"].map { began($0, in: registry) }
    registry.over(runs[2])
    #expect(registry.leases.map(\.run.rawValue) == ["a", "b", "c"])
  }
}
