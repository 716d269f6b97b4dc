import ClawCore
import Testing

@testable import ClawEngine

@Suite("Accepting a message", .timeLimit(.minutes(10)))
struct AcceptTests {
  private func code(_ body: () async throws -> Void) async -> ClawError.Code? {
    do {
      try await body()
      return nil
    } catch {
      return (error as? ClawError)?.code
    }
  }

  @Test("a repeated idempotency key starts nothing and leads to the same answer")
  func repeated() async throws {
    try await withEngine { harness in
      var inbound = harness.inbound("pay")
      inbound.idempotencyKey = "k1"
      let first = try await harness.engine.accept(inbound, as: ann)
      #expect(!first.isRepetition)
      let outcome = try await harness.engine.outcome(of: first.run, as: ann)
      let second = try await harness.engine.accept(inbound, as: ann)
      #expect(second.isRepetition && second.run == first.run && second.address == first.address)
      #expect(try await harness.engine.outcome(of: second.run, as: ann) == outcome)
      #expect(try await harness.history().count == 2)
      // Keys are per user.
      let other = try await harness.engine.accept(inbound, as: bob)
      #expect(!other.isRepetition && other.run != first.run)
    }
  }

  @Test("many repetitions at once start one run")
  func concurrent() async throws {
    try await withEngine { harness in
      var inbound = harness.inbound("pay")
      inbound.idempotencyKey = "k1"
      let message = inbound
      let accepted = try await withThrowingTaskGroup(of: AcceptedRun.self) { group in
        for _ in 0..<30 { group.addTask { try await harness.engine.accept(message, as: ann) } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(Set(accepted.map(\.run)).count == 1)
      #expect(accepted.count { !$0.isRepetition } == 1)
    }
  }

  @Test(
    "an idempotency key with another message, session, context or option is ALREADY_EXISTS, and free after its time")
  func misused() async throws {
    let clock = ManualClock()
    try await withEngine(time: clock.source) { harness in
      var inbound = harness.inbound("pay")
      inbound.idempotencyKey = "k1"
      let first = try await harness.engine.accept(inbound, as: ann)
      var others =
        [harness.inbound("pay more"), harness.inbound("pay", in: "other")] + Array(repeating: inbound, count: 5)
      others[2].context = [.user(UserMessage("before"))]
      others[3].options.model = "fake/other"
      others[4].options.instructions = "Be brief."
      others[5].options.sampling.temperature = 0.5
      others[6].options.thinking = true
      for var other in others {
        other.idempotencyKey = "k1"
        let message = other
        let refused = await code { _ = try await harness.engine.accept(message, as: ann) }
        #expect(refused == .alreadyExists)
      }
      clock.advance(by: .seconds(86_401))
      let later = try await harness.engine.accept(inbound, as: ann)
      #expect(!later.isRepetition && later.run != first.run)
    }
  }

  @Test("an ephemeral session is in no list and no count, is swept with all it had, and becomes one that is kept")
  func ephemeral() async throws {
    let clock = ManualClock()
    try await withEngine(time: clock.source) { harness in
      func listed() async throws -> [String] {
        try await harness.engine.list(SessionQuery(), as: ann).sessions.map(\.address.key.rawValue)
      }
      func sweep() async throws { try await harness.engine.sweeper.sweep() }
      for name in ["gone", "kept"] {
        let run = try await harness.send("hello", in: name) { $0.isEphemeral = true }
        _ = try await harness.engine.outcome(of: run, as: ann)
      }
      let stored = try await harness.ask("hello", in: "stored")
      #expect(try await listed() == ["agent:default:stored"])
      #expect(try await harness.engine.status(as: ann).sessions == 1)
      // A message that is to be kept keeps its session; a later ephemeral one does not undo that.
      _ = try await harness.ask("again", in: "kept")
      #expect(try await listed().sorted() == ["agent:default:kept", "agent:default:stored"])
      let refused = await code { try await harness.send("x", in: "kept") { $0.isEphemeral = true } }
      #expect(refused == .failedPrecondition)
      clock.advance(by: .seconds(86_000))
      try await sweep()
      #expect(try await harness.history("gone").count == 2)
      clock.advance(by: .seconds(1000))
      try await sweep()
      #expect(try await harness.history("gone").isEmpty)
      #expect(try await harness.log("gone").isEmpty)
      #expect(try await harness.history("kept").count == 4)
      #expect(try await harness.history("stored").count == 2)
      #expect(try await harness.record(stored.run) != nil)
      let left = try await harness.store.tenant(.standard).read {
        try $0.sessions.counters(of: harness.address("gone"))
      }
      #expect(left == nil)
    }
  }

  @Test("what is wrong is refused before anything is stored")
  func refused() async throws {
    try await withEngine { (harness) async throws in
      var wrong = Array(repeating: harness.inbound("x"), count: 8)
      wrong[0].message = UserMessage(" \n")
      wrong[1].message = UserMessage(String(repeating: "x", count: 256 * 1024 + 1))
      wrong[2].idempotencyKey = ""
      wrong[3].idempotencyKey = "a\u{0}"
      wrong[4].options.model = "unknown"
      wrong[5].agent = AgentKey(unchecked: "nobody")
      wrong[6].agent = AgentKey(unchecked: "nobody")
      wrong[6].session = SessionKey(unchecked: "agent:nobody:x")
      wrong[7].user = bob.user
      let expected: [ClawError.Code] = [
        .invalidRequest, .invalidRequest, .invalidRequest, .invalidRequest, .notFound, .invalidRequest, .notFound,
        .forbidden,
      ]
      for (inbound, expected) in zip(wrong, expected) {
        let refused = await code { _ = try await harness.engine.accept(inbound, as: ann) }
        #expect(refused == expected)
      }
      #expect(try await harness.history().isEmpty)
      #expect(try await harness.engine.list(SessionQuery(), as: ann).sessions.isEmpty)
    }
  }

  @Test("over the limit a user is told when to come back; others are not held up")
  func rateLimit() async throws {
    let clock = ManualClock()
    try await withEngine(
      time: clock.source,
      configure: {
        $0.rateLimitPerMinute = 6
        $0.rateLimitBurst = 2
      }
    ) { harness in
      try await harness.send("1")
      try await harness.send("2")
      do {
        try await harness.send("3")
        Issue.record("the third message was taken")
      } catch let error as ClawError {
        #expect(error.code == .resourceExhausted && error.retryAfter == .seconds(10))
      }
      try await harness.send("1", as: bob)
      clock.advance(by: .seconds(10))
      try await harness.send("3")
      await #expect(throws: ClawError.self) { try await harness.send("4") }
    }
  }

  @Test("the connection that sends for somebody else sees that run, and remembers nothing of what was refused")
  func followers() async throws {
    try await withEngine { harness in
      let watcher = Watcher()
      let id = harness.engine.feed.attach(watcher, as: admin)
      for _ in 0..<10 {
        await #expect(throws: ClawError.self) {
          try await harness.send("x", as: admin) {
            $0.agent = AgentKey(unchecked: "nobody")
            $0.session = SessionKey(unchecked: "agent:nobody:x")
            $0.watcher = id
          }
        }
      }
      let run = try await harness.send("x", as: admin) {
        $0.user = ann.user
        $0.watcher = id
        $0.idempotencyKey = "k"
      }
      await watcher.ends(1)
      try await harness.send("x", as: admin) {
        $0.user = ann.user
        $0.watcher = id
        $0.idempotencyKey = "k"
      }
      // Only the requested run is visible, not the user's others.
      _ = try await harness.ask("y")
      #expect(Set(watcher.events.all.map(\.run)) == [run])
      #expect(watcher.events.all.kinds == ["started 1", "text", "completed"])
      #expect(harness.engine.parts.hub.state.withLock { $0.followers.isEmpty })
    }
  }

  @Test("context that a caller brings along is stored before the message, and is shown to the model")
  func context() async throws {
    try await withEngine(FakeModels()) { harness in
      try await harness.send("and now?") {
        $0.context = [.user(UserMessage("hi")), .assistant(AssistantMessage(text: "hello"))]
      }
      let call = await harness.models.calls.next()
      #expect(call.request.exchanges.map { $0.input.map(\.text) } == [["hi"], ["and now?"]])
      #expect(call.request.exchanges.first?.rounds.map(\.text) == ["hello"])
      await call.answer("ok")
      #expect(try await harness.history().map(\.role).prefix(3) == [.user, .assistant, .user])
    }
  }
}
