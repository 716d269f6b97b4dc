import ClawCore
import ClawEngine
import Testing

@Suite("The model of a run", .timeLimit(.minutes(10)))
struct AcceptedModelTests {
  private static func named(_ model: String) -> ModelReference { ModelReference(provider: "fake", model: model) }

  @Test("what was found when the message was accepted is asked, after a restart too")
  func keptAcrossRestart() async throws {
    let directory = try TestDirectory()
    try await withEngine(in: directory, isRunning: false) { harness in
      let run = try await harness.send("a") { $0.options.model = "local" }
      #expect(try await harness.record(run)?.options.candidates == [Self.named("local")])
    }
    try await withEngine(FakeModels(), in: directory) { harness in
      let call = await harness.models.calls.next()
      // Resolved again, the whole name would match another model.
      #expect(call.candidates == [Self.named("local")])
      await call.answer("ok")
    }
  }

  @Test("an agent whose models change meanwhile answers what was accepted before with those of then")
  func changedAgent() async throws {
    try await withEngine(FakeModels()) { harness in
      _ = try await harness.engine.agents.update(.standard, AgentChange(models: ["one", "two"]), as: admin)
      try await harness.send("a")
      let first = await harness.models.calls.next()
      try await harness.send("b")
      _ = try await harness.engine.agents.update(.standard, AgentChange(models: ["three"]), as: admin)
      await first.answer("ok")
      let second = await harness.models.calls.next()
      #expect(second.candidates == [Self.named("one"), Self.named("two")])
      await second.answer("ok")
      try await harness.send("c")
      let third = await harness.models.calls.next()
      #expect(third.candidates == [Self.named("three")])
      await third.answer("ok")
    }
  }
}
