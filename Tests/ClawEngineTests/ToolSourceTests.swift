import ClawCore
import ClawJSON
import ClawStore
import Testing

@testable import ClawEngine

@Suite("Where tools come from", .timeLimit(.minutes(10)))
struct ToolSourceTests {
  /// Different tools for each user, and at each request.
  private struct ToolsByUser: ToolSource {
    let asked = Inbox<ToolScope>()

    func tools(for scope: ToolScope) async -> ToolSet {
      asked.put(scope)
      let number = asked.all.count
      let tool = FakeTool("\(scope.actor.user)_\(number)") { _, _ in ToolResult(content: "ran \(number)") }
      return ToolSet([tool], instructions: ["Look at \(scope.actor.user)."])
    }
  }

  @Test("they are asked for once for a run, for whoever it acts for: what the model is shown is what may run")
  func once() async throws {
    let source = ToolsByUser()
    try await withEngine(FakeModels(), source: source) { harness in
      let run = try await harness.send("x", as: bob)
      let first = await harness.models.calls.next()
      #expect(first.request.tools.map(\.name) == ["bob_1"] && first.request.system.contains("Look at bob."))
      await first.answer(
        "", calls: ["bob_1", "bob_2", "ann_1"].map { ToolCall(id: $0, name: $0, arguments: [:]) })
      let second = await harness.models.calls.next()
      #expect(second.request.tools == first.request.tools && second.request.system == first.request.system)
      let results = try #require(second.request.exchanges.last?.rounds.last?.calls.map(\.result))
      #expect(results.map(\.isError) == [false, true, true] && results[0].content == "ran 1")
      await second.answer("ok")
      _ = try await harness.engine.outcome(of: run, as: bob)
      let scope = try #require(source.asked.all.first)
      #expect(source.asked.all.count == 1)
      #expect(scope.agent == .standard && scope.actor.origin == .webSocket && scope.actor.isBound)
    }
  }

  @Test("a policy takes tools out of what is shown and of what may run; of two with one name the first counts")
  func policy() {
    let (one, two) = (
      FakeTool("a") { _, _ in ToolResult(content: "1") },
      FakeTool("b", effect: .acts) { _, _ in
        ToolResult(content: "2")
      }
    )
    let both = ToolSet([one], instructions: ["i"]) + ToolSet([two, FakeTool("a", effect: .acts) { _, _ in .aborted }])
    #expect(both.specs.map(\.name) == ["a", "b"] && both["a"]?.spec.effect == .reads && both.instructions == ["i"])
    #expect(both.allowed(by: ToolPolicy(denied: ["a"])).specs.map(\.name) == ["b"])
    let allowed = both.allowed(by: ToolPolicy(allowed: ["a", "b"], denied: ["b"]))
    #expect(allowed.specs.map(\.name) == ["a"] && allowed["b"] == nil && allowed["a"] != nil)
    #expect(both.allowed(by: .everything).specs == both.specs)
  }

  @Test("a tool knows its call, its deadline and secrets by name; its own limits count before the gateway's")
  func context() async throws {
    struct Vault: SecretVault {
      func seal(_ text: String, at place: SealingContext) throws -> String { text }
      func open(_ sealed: String, at place: SealingContext) throws -> String { sealed }
      func value(of name: String, in tenant: TenantID) async throws -> String? {
        name.hasSameBytes(as: "key") ? "\(name) of \(tenant)" : nil
      }
    }
    let clock = ManualClock()
    let seen = Inbox<String>()
    let limits = ToolLimits(timeout: .seconds(7), resultBytes: 10)
    let tool = FakeTool.whole("look", limits: limits) { call, context in
      context.progress.report("half way")
      let secrets = [try await context.secrets.value(of: "key"), try await context.secrets.value(of: "none")]
      seen.put("\(call.id) \(context.deadline - clock.now) \(secrets.compactMap(\.self))")
      return .text(String(repeating: "x", count: 100))
    }
    try await withEngine(FakeModels(), tools: [tool], time: clock.source, secrets: Vault()) { harness in
      try await harness.send("x")
      await harness.models.calls.next().answer("", calls: [ToolCall(id: "c7", name: "look", arguments: [:])])
      let next = await harness.models.calls.next()
      let content = try #require(next.request.exchanges.last?.rounds.last?.calls.first?.result.content)
      #expect(content.hasPrefix("xxxxxxxxxx\n[shortened: 100 bytes"))
      #expect(seen.all == ["c7 \(Duration.seconds(7)) [\"key of \(TenantID.standard)\"]"])
      await next.answer("ok")
    }
  }
}
