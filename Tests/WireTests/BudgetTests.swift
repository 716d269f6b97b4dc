import ClawCore
import ClawJSON
import ClawTesting
import Testing

/// A used-up budget as a client sees it.
@Suite("Budgets over the wire", .timeLimit(.minutes(10)))
struct BudgetTests {
  private static let owner = Principal(tenant: .standard, user: .owner, role: .admin, origin: .http)

  @Test("a message beyond the budget fails with RESOURCE_EXHAUSTED before a model is asked, over each entrance")
  func exhausted() async throws {
    let (models, directory) = (try await FakeModelServer.start(), try TemporaryDirectory())
    let store = try await GatewayHarness.openStore(in: directory)
    try await store.tenant(.standard).write {
      try $0.budgets.put(Budget(id: "ann's", user: UserID(unchecked: "ann"), maxTokens: 10), at: TimeSource.system.now)
    }
    await store.close()
    try await GatewayHarness.run(in: directory, models: models) { gateway in
      let client = try await gateway.connect(user: "ann")
      let error = try await client.failure("chat.send", ["message": "hello"])
      #expect(error["code"] == "RESOURCE_EXHAUSTED" && error["retryAfterMs"] == 0)
      #expect(error["message"]?.stringValue?.contains("the token budget ann's of the user ann") == true)
      let failed = try await client.events(through: "run.failed")
      #expect(failed.names == ["run.started", "run.failed"])
      #expect(failed.last?["payload"]?["error"]?["code"] == "RESOURCE_EXHAUSTED")
      let caller = HTTPCaller(gateway, headers: [("X-SwiftClaw-User-Id", "ann")])
      let answer = try await caller.send(
        .POST, "/v1/chat/completions", body: #"{"messages":[{"role":"user","content":"hello"}]}"#)
      #expect(answer.status == 429, "\(answer)")
      #expect(models.requests.isEmpty)
      // Other users continue, and so does one whose budget is raised.
      let bob = try await gateway.connect(user: "bob")
      #expect(try await bob.call("chat.send", ["message": "hello"])["content"] == "echo: hello")
      try await gateway.budgets.setBudget(
        Budget(id: "ann's", user: UserID(unchecked: "ann"), maxTokens: 100_000), as: Self.owner)
      let again = try await client.call("chat.send", ["message": "again"])
      #expect(again["status"] == "completed", "\(again)")
      let budget = try #require(try await gateway.budgets.budgets(as: Self.owner).first)
      #expect(budget.usedTokens == 18)
    }
    await models.stop()
  }
}
