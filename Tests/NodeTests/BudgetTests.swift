import ClawCore
import ClawJSON
import ClawTesting
import Testing

extension NodeTests {
  @Suite("Budgets of several nodes")
  struct BudgetTests {
    private static let owner = Principal(tenant: .standard, user: .owner, role: .admin, origin: .http)

    @Test("a budget that one node is given holds on the others, for what all of them spend", arguments: News.allCases)
    func shared(news: News) async throws {
      let models = try await FakeModelServer.start()
      try await Pair.run(news, models: models) { nodes in
        let (here, there) = (try await nodes.first.connect(), try await nodes.second.connect())
        // Both have cached by now that there are none.
        for client in [here, there] {
          #expect(try await client.call("chat.send", ["message": "a"])["content"] == "echo: a")
        }
        try await nodes.first.budgets.setBudget(Budget(id: "all", maxTokens: 100_000), as: Self.owner)
        // Nothing is counted until the notification arrives or the cache entry expires.
        var used: Int64 = 0
        while used == 0 {
          _ = try await there.call("chat.send", ["message": "b"])
          used = try await nodes.first.budgets.budgets(as: Self.owner).first?.usedTokens ?? 0
        }
        _ = try await here.call("chat.send", ["message": "c"])
        let both = try await nodes.second.budgets.budgets(as: Self.owner).first?.usedTokens ?? 0
        #expect(both == used + 18)
        try await nodes.second.budgets.setBudget(Budget(id: "all", maxTokens: 10), as: Self.owner)
        var code: JSONValue?
        while code == nil {
          let answer = try await here.response(to: here.request("chat.send", ["message": "d"]))
          code = answer["error"]?["code"]
        }
        #expect(code == "RESOURCE_EXHAUSTED")
      }
      await models.stop()
    }
  }
}
