import ClawCore
import Testing

@testable import ClawStore

@Suite("Budgets in the store", .bothEngines)
struct BudgetStoreTests {
  private let agent = AgentKey(unchecked: "default")
  private let bob = UserID(unchecked: "bob")

  private func run(_ name: String, of user: UserID, _ store: Store) async throws -> RunID {
    let place = SessionAddress(tenant: acme, user: user, key: SessionKey(unchecked: "agent:default:\(name)"))
    let session = try await say("x", in: place, store)
    let run = NewRun(
      id: RunID(unchecked: name), address: place, session: session.id, source: "ws", lane: .main,
      options: RunOptions(), messageSeq: 1)
    try await store.tenant(acme).write { transaction in
      _ = try transaction.runs.add(run, isStarted: true, at: start)
      _ = try transaction.queue.addClaimed(
        run.id, of: acme, user: user, mailbox: session.id, position: 1, lane: .main, by: NodeID(unchecked: "n"),
        until: start + .seconds(15))
    }
    return run.id
  }

  @Test("those that apply are opened and spent, and keep what was spent when their bounds change")
  func scopes() async throws {
    try await withStore { store in
      let database = store.tenant(acme)
      let (agent, bob) = (agent, bob)
      try await database.write { transaction in
        try transaction.budgets.put(Budget(id: "all", maxTokens: 100), at: start)
        try transaction.budgets.put(Budget(id: "ann", user: ann, maxTokens: 100), at: start)
        try transaction.budgets.put(Budget(id: "bob", user: bob, agent: agent, maxTokens: 100), at: start)
        try transaction.budgets.put(
          Budget(id: "elsewhere", user: ann, agent: AgentKey(unchecked: "x"), maxTokens: 100), at: start)
      }
      let open = try await database.write { try $0.budgets.open(for: ann, agent, at: start) }
      #expect(Set(open.map(\.id)) == ["all", "ann"])
      try await database.write { try $0.budgets.spend(7, by: ann, on: agent) }
      try await database.write { try $0.budgets.put(Budget(id: "ann", user: ann, maxTokens: 50), at: start) }
      try await database.write { try $0.budgets.put(Budget(id: "all", user: bob, maxTokens: 50), at: start) }
      let all = try await database.read { try $0.budgets.all() }
      #expect(all.map(\.id) == ["all", "ann", "bob", "elsewhere"])
      // The use is reset when the user of a budget changes.
      #expect(all.map(\.usedTokens) == [0, 7, 0, 0] && all.map(\.maxTokens) == [50, 50, 100, 100])
      #expect(try await store.tenant(TenantID(unchecked: "other")).read { try $0.budgets.all() }.isEmpty)
      #expect(try await database.write { try $0.budgets.remove("ann") })
      #expect(try await database.write { try $0.budgets.remove("ann") } == false)
    }
  }

  @Test("a period that is over begins anew, at a whole number of periods")
  func period() async throws {
    try await withStore { store in
      let (database, agent) = (store.tenant(acme), agent)
      try await database.write { transaction in
        try transaction.budgets.put(Budget(id: "hourly", maxTokens: 100, period: .seconds(3600)), at: start)
        try transaction.budgets.spend(60, by: ann, on: agent)
      }
      for (after, used, begins) in [(3599, 60, 0), (3600, 0, 3600), (3600 * 5 + 12, 0, 3600 * 5)] {
        let open = try await database.write {
          try $0.budgets.open(for: ann, agent, at: start + .seconds(after))
        }
        #expect(open.map(\.usedTokens) == [Int64(used)] && open.map(\.periodStart) == [start + .seconds(begins)])
      }
    }
  }

  @Test("what runs have reserved is counted while a node has them in hand; their next step or end releases it")
  func reservations() async throws {
    try await withStore { store in
      let (database, none) = (store.tenant(acme), RunID(unchecked: "none"))
      let runs = [
        try await run("r1", of: ann, store), try await run("r2", of: ann, store), try await run("r3", of: bob, store),
        try await run("r4", of: bob, store),
      ]
      func reserved(except run: RunID) async throws -> [String: Int64] {
        let found = try await database.read { try $0.budgets.reserved(except: run) }
        return Dictionary(uniqueKeysWithValues: found.map { ($0.user.rawValue, $0.tokens) })
      }
      for run in runs { #expect(try await database.write { try $0.budgets.reserve(10, for: run) }) }
      #expect(try await reserved(except: none) == ["ann": 20, "bob": 20])
      #expect(try await reserved(except: runs[0]) == ["ann": 10, "bob": 20])
      try await database.write { try $0.runs.addRound(TokenUsage(inputTokens: 1), to: runs[0]) }
      #expect(try await reserved(except: none) == ["ann": 10, "bob": 20])
      let end = RunEnd(
        state: .aborted, hasAnswer: false, iterations: 0, usage: TokenUsage(), stopReason: .stop, model: "",
        failure: nil)
      try await database.write { try $0.runs.end(runs[1], as: end, at: start) }
      #expect(try await reserved(except: none) == ["bob": 20])
      #expect(try await database.write { try $0.budgets.reserve(10, for: runs[1]) } == false)
      #expect(try await database.write { try $0.runs.start(runs[2], at: start) })
      #expect(try await reserved(except: none) == ["bob": 10])
      // A run without a row in the queue counts as unclaimed.
      let lease = Lease(tenant: acme, run: runs[3], fence: 1)
      try await store.node.write { try $0.queue.remove(lease) }
      #expect(try await reserved(except: none).isEmpty)
    }
  }
}
