import ClawCore
import ClawJSON
import ClawStore
import Testing

@testable import ClawEngine

/// Steering a running run, with timing that only a test inside the engine can control.
@Suite("Steering a run", .timeLimit(.minutes(5)))
struct SteeringTests {
  /// Tools that are available only when the gate opens: right before the first model call.
  private struct GatedTools: ToolSource {
    let begun: Inbox<Bool>
    let gate: Gate

    func tools(for scope: ToolScope) async -> ToolSet {
      begun.put(true)
      await gate.wait()
      return ToolSet([])
    }
  }

  private func texts(_ request: ModelRequest) -> [String] {
    (request.exchanges.last?.entries ?? []).map { entry in
      switch entry {
      case .user(let message): message.text
      case .round(let round): "→ " + round.text + round.calls.map { "[\($0.result.content)]" }.joined()
      case .summary(let summary): summary.text
      }
    }
  }

  private func steer(
    _ text: String, _ harness: Harness, as principal: Principal = ann, mode: MessageMode = .steer
  ) async throws -> AcceptedRun {
    var inbound = harness.inbound(text)
    inbound.mode = mode
    if principal.user != ann.user { inbound.user = ann.user }
    return try await harness.engine.accept(inbound, as: principal)
  }

  @Test("before the first call: the first call shows it")
  func beforeTheFirstCall() async throws {
    let models = FakeModels()
    let tools = GatedTools(begun: Inbox(), gate: Gate())
    try await withEngine(models, source: tools) { harness in
      let run = try await harness.send("a")
      _ = await tools.begun.next()
      #expect(try await steer("b", harness).run == run)
      tools.gate.open()
      let call = await models.calls.next()
      #expect(texts(call.request) == ["a", "b"])
      await call.answer("c")
      #expect(try await harness.engine.outcome(of: run, as: ann).iterations == 1)
    }
  }

  @Test("while tools run: it stands behind their results, and all of them are kept")
  func whileToolsRun() async throws {
    let (models, begun, gate) = (FakeModels(), Inbox<String>(), Gate())
    let slow = FakeTool("slow") { _, _ in
      begun.put("slow")
      await gate.wait()
      return ToolResult(content: "done")
    }
    try await withEngine(models, tools: [slow, FakeTool.echo]) { harness in
      let run = try await harness.send("a")
      let first = await models.calls.next()
      await first.answer(
        "one", calls: [ToolCall(id: "1", name: "slow", arguments: [:]), .echo("x", id: "2")])
      _ = await begun.next()
      #expect(try await steer("b", harness).run == run)
      gate.open()
      let second = await models.calls.next()
      #expect(texts(second.request) == ["a", "→ one[done][x]", "b"])
      await second.answer("two")
      #expect(try await harness.engine.outcome(of: run, as: ann).content == "two")
      let history = try await harness.history()
      #expect(history.map(\.role) == [.user, .assistant, .tool, .tool, .user, .assistant])
      #expect(history.allSatisfy { $0.run == run } && history.map(\.seq) == [1, 2, 3, 4, 5, 6])
    }
  }

  @Test("interrupting while tools run closes their calls, and the message is answered next")
  func interruptTools() async throws {
    let (models, begun) = (FakeModels(), Inbox<String>())
    try await withEngine(models, tools: [FakeTool.stuck(begun: begun)]) { harness in
      let run = try await harness.send("a")
      let first = await models.calls.next()
      await first.answer("one", calls: [ToolCall(id: "1", name: "stuck", arguments: [:])])
      _ = await begun.next()
      let next = try await steer("b", harness, mode: .interrupt)
      #expect(next.run != run && next.ifUnread == nil)
      #expect(try await harness.engine.outcome(of: run, as: ann).state == .aborted)
      let second = await models.calls.next()
      #expect(second.request.exchanges.first?.rounds.first?.calls.map(\.result) == [.aborted])
      #expect(texts(second.request) == ["b"])
      await second.answer("two")
      #expect(try await harness.engine.outcome(of: next, as: ann).content == "two")
    }
  }

  @Test("the exchange that follows shows the message where it was read, though it waited before that")
  func queuedBehind() async throws {
    let models = FakeModels()
    try await withEngine(models) { harness in
      let run = try await harness.send("a")
      let first = await models.calls.next()
      let behind = try await harness.send("later")
      #expect(try await steer("b", harness).run == run)
      await first.answer("one")
      let second = await models.calls.next()
      #expect(texts(second.request) == ["a", "→ one", "b"] && second.request.exchanges.count == 1)
      await second.answer("two")
      // From the store, not from a cache.
      let window = try await harness.store.tenant(.standard).read { transaction in
        let record = try #require(try transaction.runs.run(behind))
        return try ContextWindow(of: record, in: transaction, maxRows: 100)
      }
      #expect(window.earlier.first?.input.map(\.text) == ["a", "b"])
      let third = await models.calls.next()
      #expect(third.request.exchanges.map { $0.input.map(\.text) } == [["a", "b"], ["later"]])
      await third.answer("three")
      #expect(try await harness.engine.outcome(of: behind, as: ann).content == "three")
    }
  }

  @Test("at the limit of rounds a run ends all the same, and the message becomes a run of its own")
  func limit() async throws {
    let models = FakeModels()
    try await withEngine(models, configure: { $0.maxIterations = 2 }) { harness in
      let next = try await harness.send("b")
      let first = await models.calls.next()
      _ = try await steer("c", harness)
      await first.answer("one")
      let second = await models.calls.next()
      let left = try await steer("d", harness)
      #expect(left.run == next)
      await second.answer("two")
      #expect(try await harness.engine.outcome(of: next, as: ann).content == "two")
      let third = await models.calls.next()
      #expect(texts(third.request) == ["d"])
      await third.answer("three")
      let outcome = try await harness.engine.outcome(of: left, as: ann)
      #expect(outcome.content == "three" && outcome.run == left.ifUnread)
    }
  }

  @Test("whoever may do less than the run's sender does not speak to it, and whoever may do more does")
  func roles() async throws {
    let models = FakeModels()
    try await withEngine(models) { harness in
      let admin = Principal(
        tenant: .standard, user: .owner, role: .admin, origin: .http, credential: .gatewayToken)
      var inbound = harness.inbound("a")
      inbound.user = ann.user
      let run = try await harness.engine.accept(inbound, as: admin).run
      let first = await models.calls.next()
      let own = try await steer("b", harness)
      #expect(own.run != run && own.ifUnread == nil)
      await first.answer("one")
      let second = await models.calls.next()
      #expect(try await steer("c", harness, as: admin).run == own.run)
      await second.answer("two")
      await models.calls.next().answer("three")
      #expect(try await harness.engine.outcome(of: own, as: ann).content == "three")
    }
  }
}
