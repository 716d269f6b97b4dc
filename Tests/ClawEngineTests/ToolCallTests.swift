import ClawCore
import ClawJSON
import Testing

@testable import ClawEngine
@testable import ClawStore

@Suite("Calls of tools as they are kept", .timeLimit(.minutes(10)))
struct ToolCallTests {
  private static let secret = "correct-horse-battery"

  /// Seals with a key of the test.
  private struct Vault: SecretVault {
    let keys: SealingKeys

    init() throws { keys = SealingKeys(current: try #require(SealingKey(Array(repeating: 7, count: 32)))) }

    func seal(_ text: String, at place: SealingContext) throws -> String { try keys.seal(text, at: place) }
    func open(_ sealed: String, at place: SealingContext) throws -> String { try keys.open(sealed, at: place) }
    func value(of name: String, in tenant: TenantID) async throws -> String? { "\(name) of \(tenant)" }
  }

  @Test("they stay after the run as its timeline: round by round, what was asked, when it began, how it ended")
  func timeline() async throws {
    let clock = ManualClock()
    let tools = [
      FakeTool("act", effect: .acts) { _, _ in
        clock.advance(by: .seconds(2))
        return ToolResult(content: "acted")
      },
      FakeTool.echo,
    ]
    try await withEngine(FakeModels(), tools: tools, time: clock.source) { harness in
      let run = try await harness.send("x")
      await harness.models.calls.next().answer("", calls: [ToolCall(id: "1", name: "act", arguments: ["a": 1])])
      await harness.models.calls.next().answer("", calls: [.echo("b", id: "1"), .echo("c", id: "2")])
      await harness.models.calls.next().answer("done")
      _ = try await harness.engine.outcome(of: run, as: ann)
      let calls = try await harness.toolCalls(of: run)
      #expect(calls.map(\.round) == [1, 2, 2] && calls.map(\.id) == ["1", "1", "2"])
      #expect(calls.map(\.name) == ["act", "echo", "echo"] && calls.map(\.state) == [.done, .done, .done])
      #expect(calls[0].arguments == ["a": 1] && calls[0].effect == .acts && calls[1].effect.mayRepeat)
      let began = try #require(calls[0].startedAt)
      #expect(calls[0].endedAt == began + .seconds(2))
      #expect(calls.allSatisfy { $0.startedAt != nil && $0.sealed == nil && $0.decidedBy == nil })
    }
  }

  @Test("after a crash a tool that acts is not run again if it was begun, and is run if it was not")
  func asked() async throws {
    let directory = try TestDirectory()
    let begun = Inbox<String>()
    let calls = (1...9).map { ToolCall(id: "c\($0)", name: "act", arguments: ["number": .integer($0)]) }
    let stuck = FakeTool.stuck("act", effect: .acts, begun: begun)
    let run = Locked<RunID?>(nil)
    try await withEngine(FakeModels(), tools: [stuck], in: directory) { harness in
      let id = try await harness.send("x")
      run.withLock { $0 = id }
      await harness.models.calls.next().answer("", calls: calls)
      // The concurrency limit; the ninth has to wait.
      await begun.wait { $0.count == 8 }
      #expect(try await harness.toolCalls(of: id).map(\.state) == Array(repeating: .started, count: 8) + [.asked])
      await harness.store.close()
    }
    let ran = Inbox<JSONValue?>()
    let again = FakeTool("act", effect: .acts) { arguments, _ in
      ran.put(arguments["number"])
      return ToolResult(content: "acted")
    }
    try await withEngine(FakeModels(), tools: [again], in: directory) { harness in
      let call = await harness.models.calls.next()
      let results = call.request.exchanges.last?.rounds.last?.calls.map(\.result)
      #expect(results == Array(repeating: .interrupted, count: 8) + [ToolResult(content: "acted")])
      #expect(ran.all == [9])
      await call.answer("ok")
      let id = try #require(run.value)
      _ = try await harness.engine.outcome(of: id, as: ann)
      let states = try await harness.toolCalls(of: id).map(\.state)
      #expect(states == Array(repeating: .interrupted, count: 8) + [.done])
    }
  }

  @Test("arguments with a secret in them survive a crash sealed, and nothing else of the store has it")
  func sealed() async throws {
    let directory = try TestDirectory()
    let (begun, vault) = (Inbox<String>(), try Vault())
    let redactor = SecretRedactor(secrets: [Self.secret])
    let arguments: JSONValue = ["command": .string("login \(Self.secret)"), "pattern": "src/***"]
    let run = Locked<RunID?>(nil)
    try await withEngine(
      FakeModels(), tools: [FakeTool.stuck(begun: begun)], in: directory, redactor: redactor, secrets: vault
    ) { harness in
      let id = try await harness.send("a")
      run.withLock { $0 = id }
      await harness.models.calls.next().answer("", calls: [ToolCall(id: "1", name: "stuck", arguments: arguments)])
      _ = await begun.next()
      let call = try #require(try await harness.toolCalls(of: id).first)
      #expect(call.arguments == redactor.redact(arguments) && call.arguments != arguments)
      #expect(call.sealed?.contains(Self.secret) == false && call.sealed?.isEmpty == false)
      await harness.store.close()
    }
    let seen = Inbox<JSONValue>()
    let again = FakeTool("stuck") { arguments, _ in
      seen.put(arguments)
      return ToolResult(content: "done")
    }
    try await withEngine(FakeModels(), tools: [again], in: directory, redactor: redactor, secrets: vault) { harness in
      let call = await harness.models.calls.next()
      #expect(seen.all == [arguments])
      await call.answer("ok")
      let id = try #require(run.value)
      _ = try await harness.engine.outcome(of: id, as: ann)
      // They are no longer needed.
      #expect(try await harness.toolCalls(of: id).first?.sealed == nil)
      let events = try await harness.log().map { $0.body.stored.body.serializedString() }
      #expect(!events.contains { $0.contains(Self.secret) })
    }
  }

  @Test(
    "a call whose real arguments are gone is closed, one whose arguments merely look masked is run",
    arguments: [
      true, false,
    ])
  func unsealed(_ isMasked: Bool) async throws {
    let directory = try TestDirectory()
    let begun = Inbox<String>()
    let redactor = SecretRedactor(secrets: isMasked ? [Self.secret] : [])
    let text = isMasked ? Self.secret : "src/***"
    try await withEngine(
      FakeModels(), tools: [FakeTool.stuck(begun: begun)], in: directory, redactor: redactor
    ) { harness in
      try await harness.send("a")
      await harness.models.calls.next().answer(
        "", calls: [ToolCall(id: "1", name: "stuck", arguments: ["text": .string(text)])])
      _ = await begun.next()
      await harness.store.close()
    }
    let again = FakeTool("stuck") { _, _ in ToolResult(content: "done") }
    try await withEngine(FakeModels(), tools: [again], in: directory, redactor: redactor) { harness in
      let call = await harness.models.calls.next()
      let results = call.request.exchanges.last?.rounds.last?.calls.map(\.result)
      #expect(results == [isMasked ? .interrupted : ToolResult(content: "done")])
      await call.answer("ok")
    }
  }

  @Test("an abort and an iteration limit leave no call open")
  func cutOff() async throws {
    let begun = Inbox<String>()
    try await withEngine(
      FakeModels(), tools: [FakeTool.stuck(begun: begun), FakeTool.echo], configure: { $0.maxIterations = 2 }
    ) { harness in
      let aborted = try await harness.send("a", in: "one")
      await harness.models.calls.next().answer("", calls: [ToolCall(id: "1", name: "stuck", arguments: [:])])
      _ = await begun.next()
      _ = try await harness.engine.abort(.run(aborted), as: ann)
      let limited = try await harness.send("b", in: "two")
      await harness.models.calls.next().answer("", calls: [.echo("x", id: "1")])
      await harness.models.calls.next().answer("", calls: [.echo("x", id: "2")])
      for (run, states) in [(aborted, [ToolCallState.interrupted]), (limited, [.done, .interrupted])] {
        _ = try await harness.engine.outcome(of: run, as: ann)
        #expect(try await harness.toolCalls(of: run).map(\.state) == states)
      }
    }
  }
}
