import ClawCore
import ClawTesting
import Testing

@testable import ClawModels

@Suite("Retry, failover, cooldown")
struct RetryTests {
  static let threeTimes = RetryPolicy(attempts: 3)

  @Test("a failure before anything was said is retried after a growing pause", arguments: [500, 503, 529])
  func backoff(status: Int) async throws {
    let clock = TestClock()
    try await Bench.run(clock: clock, retry: Self.threeTimes) { bench in
      bench.server.enqueue(.status(status), .status(status), .text("at last"))
      async let reply = bench.ask()
      await clock.sleeper(of: .milliseconds(300))
      clock.advance(by: .milliseconds(300))
      await clock.sleeper(of: .milliseconds(600))
      #expect(bench.server.requests.count == 2)
      clock.advance(by: .milliseconds(600))
      let text = try await reply.text
      #expect(text == "at last")
    }
  }

  @Test("a rate limit that does not say how long it lasts is waited out for longer")
  func rateLimitBackoff() async throws {
    let clock = TestClock()
    try await Bench.run(clock: clock, retry: Self.threeTimes) { bench in
      bench.server.enqueue(.rateLimited(), .rateLimited(), .text("at last"))
      async let reply = bench.ask()
      for pause in [Duration.seconds(2), .seconds(4)] {
        await clock.sleeper(of: pause)
        clock.advance(by: pause)
      }
      let text = try await reply.text
      #expect(text == "at last")
    }
  }

  @Test(
    "the pause that a provider asks for is kept to, wherever it says so",
    arguments: [
      (
        FakeReply.status(429, headers: [("retry-after-ms", "1500"), ("retry-after", "2")]), Duration.milliseconds(1500)
      ),
      (
        .status(429, body: #"{"error":{"message":"Rate limit reached. Please try again in 1.2s."}}"#),
        .milliseconds(1200)
      ),
      (
        .status(
          429,
          body:
            #"[{"error":{"code":429,"message":"Quota","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"7.5s"}]}}]"#
        ), .milliseconds(7500)
      ),
      (.status(503, body: "overloaded, retry after 3 seconds"), .seconds(3)),
    ])
  func statedPause(_ reply: FakeReply, _ pause: Duration) async throws {
    let clock = TestClock()
    try await Bench.run(clock: clock, retry: Self.threeTimes) { bench in
      bench.server.enqueue(reply, .text("ok"))
      async let answer = bench.ask()
      await clock.sleeper(of: pause)
      clock.advance(by: pause)
      let text = try await answer.text
      #expect(text == "ok")
    }
  }

  @Test("what was observed and not shown does not stand in the way of another try or model")
  func unseen() async throws {
    try await Bench.run(retry: RetryPolicy(attempts: 2, base: .milliseconds(1))) { bench in
      let recorder = Recorder()
      bench.server.respond { _ in FakeReply([.thinking("hm"), .text("half")]).cut(after: 2) }
      bench.second.enqueue(.text("whole"))
      let reply = try await bench.ask(restarting: recorder, Bench.main, Bench.other, shown: false)
      #expect(reply.text == "whole" && reply.model == Bench.other)
      #expect(bench.server.requests.count == 2 && recorder.restarts == [])
    }
  }

  @Test("what was shown is void when another attempt begins to answer, and not before")
  func restarted() async throws {
    try await Bench.run(retry: RetryPolicy(attempts: 2, base: .milliseconds(1))) { bench in
      let gate = FakeGate()
      let recorder = Recorder(opening: (gate, "half an "))
      bench.server.enqueue(.text("half an answer").stalling(after: 2, gate).cut(after: 2), .status(503), .text("never"))
      bench.second.enqueue(.text("from the other"))
      let reply = try await bench.ask(restarting: recorder, Bench.main, Bench.other)
      #expect(reply.text == "from the other" && recorder.text == reply.text)
      #expect(recorder.restarts == [Bench.other])
      #expect(bench.server.requests.count == 2)
    }
  }

  @Test("where every attempt fails, what was shown of the first stays")
  func nothingElse() async throws {
    try await Bench.run(retry: RetryPolicy(attempts: 2, base: .milliseconds(1))) { bench in
      let gate = FakeGate()
      let recorder = Recorder(opening: (gate, "half an "))
      bench.server.enqueue(.text("half an answer").stalling(after: 2, gate).cut(after: 2), .status(503))
      await #expect(throws: ClawError.self) { try await bench.ask(restarting: recorder) }
      #expect(recorder.text == "half an " && recorder.restarts == [])
    }
  }

  @Test("an attempt that only calls a tool makes void what was shown too")
  func restartedByCall() async throws {
    try await Bench.run(retry: RetryPolicy(attempts: 2, base: .milliseconds(1))) { bench in
      let gate = FakeGate()
      let recorder = Recorder(opening: (gate, "half an "))
      bench.server.enqueue(.text("half an answer").stalling(after: 2, gate).cut(after: 2), .call("weather"))
      let reply = try await bench.ask(restarting: recorder)
      #expect(reply.calls.count == 1 && recorder.text == "" && recorder.restarts == [Bench.main])
    }
  }

  @Test("Retry-After is waited for when it is short")
  func retryAfter() async throws {
    let clock = TestClock()
    try await Bench.run(clock: clock, retry: Self.threeTimes) { bench in
      bench.server.enqueue(.rateLimited(retryAfter: "7"), .text("ok"))
      async let reply = bench.ask()
      await clock.sleeper(of: .seconds(7))
      clock.advance(by: .seconds(7))
      let text = try await reply.text
      #expect(text == "ok")
    }
  }

  @Test("a Retry-After beyond the cap is not waited for: the next model answers at once")
  func longRetryAfter() async throws {
    try await Bench.run(clock: TestClock(), retry: Self.threeTimes) { bench in
      bench.server.enqueue(.rateLimited(retryAfter: "600"))
      bench.second.enqueue(.text("from the other"))
      let reply = try await bench.ask(.hello, Bench.main, Bench.other)
      #expect(reply.text == "from the other")
      #expect(reply.model == Bench.other)
    }
  }

  @Test("a rate limit surfaces with the provider's Retry-After and without the key")
  func rateLimit() async throws {
    try await Bench.run(clock: TestClock()) { bench in
      bench.server.enqueue(.rateLimited(retryAfter: "42"))
      let error = try #require(try await bench.failure())
      #expect(error.code == .resourceExhausted)
      #expect(error.kind == .provider)
      #expect(error.retryAfter == .seconds(42))
      #expect(error.message.contains("main/fake-small"))
    }
  }

  @Test("L22: once something was said there is no second attempt and no other model")
  func emitted() async throws {
    try await Bench.run(clock: TestClock(), retry: Self.threeTimes) { bench in
      let gate = FakeGate()
      let recorder = Recorder(opening: (gate, "half an "))
      bench.server.enqueue(.text("half an answer").stalling(after: 2, gate).cut(after: 2))
      let error = try #require(try await bench.failure(.hello, Bench.main, Bench.other, into: recorder))
      #expect(error.code == .unavailable)
      #expect(recorder.text == "half an ")
      #expect(bench.server.requests.count == 1)
      #expect(bench.second.requests.isEmpty)
    }
  }

  @Test("L22: a stream cut before anything was said is retried")
  func cutEarly() async throws {
    let clock = TestClock()
    try await Bench.run(clock: clock, retry: Self.threeTimes) { bench in
      bench.server.enqueue(.text("x").cut(after: 0), .text("x").endingEarly(after: 0), .text("whole"))
      async let reply = bench.ask()
      await clock.sleeper(of: .milliseconds(300))
      clock.advance(by: .milliseconds(300))
      await clock.sleeper(of: .milliseconds(600))
      clock.advance(by: .milliseconds(600))
      let text = try await reply.text
      #expect(text == "whole")
    }
  }

  @Test("what can't get better is not retried, but another model may do", arguments: [400, 401, 402, 404])
  func noRetry(status: Int) async throws {
    try await Bench.run(clock: TestClock(), retry: Self.threeTimes) { bench in
      bench.server.enqueue(.status(status))
      let reply = try await bench.ask(.hello, Bench.main, Bench.other)
      #expect(reply.model == Bench.other)
      #expect(bench.server.requests.count == 1)
    }
  }

  @Test("a conversation that is too long goes back to the caller, not to another model")
  func contextTooLong() async throws {
    try await Bench.run(clock: TestClock(), retry: Self.threeTimes) { bench in
      bench.server.enqueue(
        .status(400, body: #"{"error":{"message":"too long","code":"context_length_exceeded"}}"#))
      let error = try #require(try await bench.failure(.hello, Bench.main, Bench.other))
      #expect(error.code == .invalidRequest)
      #expect(error.details == [.reason: "context_length_exceeded"])
      #expect(bench.second.requests.isEmpty)
    }
  }

  @Test("when all fail, the first one's error is told and the others are named")
  func allFail() async throws {
    try await Bench.run(clock: TestClock()) { bench in
      bench.server.enqueue(.status(401))
      bench.second.enqueue(.status(503))
      let error = try #require(try await bench.failure(.hello, Bench.main, Bench.other))
      #expect(error.code == .failedPrecondition)
      #expect(error.message.contains("SWIFTCLAW_MAIN_API_KEY"))
      #expect(error.message.contains("other/fake-small (unavailable)"))
    }
  }

  @Test("L24: a model that is limited is asked last for a while; its siblings are not affected")
  func cooldown() async throws {
    let clock = TestClock()
    try await Bench.run(clock: clock) { bench in
      bench.server.enqueue(.rateLimited())
      _ = try await bench.failure()
      let first = try await bench.ask(.hello, Bench.main, Bench.other)
      #expect(first.model == Bench.other)
      let second = try await bench.ask(.hello, Bench.sibling, Bench.other)
      #expect(second.model == Bench.sibling)
      let third = try await bench.ask(.hello, Bench.main)
      #expect(third.model == Bench.main)
      bench.server.enqueue(.rateLimited())
      _ = try await bench.failure()
      clock.advance(by: .seconds(10))
      let fourth = try await bench.ask(.hello, Bench.main, Bench.other)
      #expect(fourth.model == Bench.main)
    }
  }

  @Test("a cooldown is bounded, whatever the provider asks for")
  func boundedCooldown() async throws {
    let clock = TestClock()
    try await Bench.run(clock: clock) { bench in
      bench.server.enqueue(.rateLimited(retryAfter: "86400"))
      _ = try await bench.failure()
      clock.advance(by: .seconds(59))
      let first = try await bench.ask(.hello, Bench.main, Bench.other)
      #expect(first.model == Bench.other)
      clock.advance(by: .seconds(1))
      let second = try await bench.ask(.hello, Bench.main, Bench.other)
      #expect(second.model == Bench.main)
    }
  }

  @Test("a provider nobody listens at is unavailable, and the message says where it was looked for")
  func connectionRefused() async throws {
    // Port 1 is unused, and no concurrent test can get it.
    let provider = ProviderConfiguration(
      name: "gone", dialect: .openAI, baseURL: "http://127.0.0.1:1/v1", apiKey: "gone-key-0123456789", defaultModel: "m"
    )
    try await Bench.run(extra: [provider]) { bench in
      let error = try #require(try await bench.failure(.hello, ModelReference(provider: "gone", model: "m")))
      #expect(error.code == .unavailable)
      #expect(error.kind == .provider)
      #expect(error.message.contains("127.0.0.1:1"))
      #expect(!"\(error)".contains("gone-key"))
    }
  }

  @Test("a provider that is not configured is said to be so, with those that are")
  func unknownProvider() async throws {
    try await Bench.run { bench in
      let error = try #require(try await bench.failure(.hello, ModelReference(provider: "nobody", model: "m")))
      #expect(error.code == .failedPrecondition)
      #expect(error.message.contains("main, other, claude"))
    }
  }

  @Test("an error of the observer ends the call and is rethrown as it is")
  func observerError() async throws {
    struct Stop: Error {}
    try await Bench.run(retry: Self.threeTimes) { bench in
      await #expect(throws: Stop.self) {
        _ = try await bench.router.reply(to: .hello, from: [Bench.main, Bench.other]) { _ in throw Stop() }
      }
      #expect(bench.server.requests.count == 1)
      #expect(bench.second.requests.isEmpty)
    }
  }
}

@Suite("The arithmetic of retrying")
struct RetryPolicyTests {
  @Test("pauses double, are capped, and vary by the jitter")
  func pauses() {
    let policy = RetryPolicy(attempts: 20)
    #expect(policy.pause(afterAttempt: 1, retryAfter: nil, random: 0.5) == .milliseconds(300))
    #expect(policy.pause(afterAttempt: 1, retryAfter: nil, random: 0) == .milliseconds(270))
    #expect(policy.pause(afterAttempt: 1, retryAfter: nil, random: 1) == .milliseconds(330))
    #expect(policy.pause(afterAttempt: 3, retryAfter: nil, random: 0.5) == .milliseconds(1200))
    #expect(policy.pause(afterAttempt: 15, retryAfter: nil, random: 1) == .seconds(30))
    #expect(policy.pause(afterAttempt: 20, retryAfter: nil, random: 0.5) == nil)
    #expect(policy.pause(afterAttempt: 1, retryAfter: .seconds(30), random: 0) == .seconds(30))
    #expect(policy.pause(afterAttempt: 2, kind: .rateLimited, retryAfter: nil, random: 0.5) == .seconds(4))
    #expect(policy.pause(afterAttempt: 1, retryAfter: .seconds(31), random: 0) == nil)
  }

  @Test(
    "Retry-After as seconds and as a date",
    arguments: [
      ("0", Duration.zero), (" 7 ", .seconds(7)), ("1.5", .milliseconds(1500)), ("999999999", .seconds(86_400)),
      ("Sun, 06 Nov 1994 08:49:47 GMT", .seconds(10)), ("Sun, 06 Nov 1994 08:49:00 GMT", .zero),
    ])
  func retryAfter(_ text: String, _ expected: Duration) {
    let now = Timestamp(milliseconds: 784_111_777_000)
    #expect(RetryAfter.parse(text, now: now) == expected)
  }

  @Test(
    "a pause in the words of an error",
    arguments: [
      ("try again in 1.2s", Duration.milliseconds(1200)), ("Please TRY AGAIN in 6m0s.", .seconds(360)),
      ("retry in 850ms", .milliseconds(850)), ("retry after 20 seconds", .seconds(20)),
      ("try again in 1h2m3.5s", .milliseconds(3_723_500)), ("try again in 2 minutes", .seconds(120)),
      ("try again later", nil), ("try again in a while", nil), ("wait for it", nil),
    ] as [(String, Duration?)])
  func words(_ text: String, _ expected: Duration?) {
    #expect(RetryAfter.stated(in: text) == expected)
  }

  @Test(
    "a Retry-After that can't be read is none",
    arguments: [
      "", "soon", "-3", "nan", "Sun, 06 Nov 1994", "6 Foo 1 2",
    ])
  func unreadable(_ text: String) {
    #expect(RetryAfter.parse(text, now: Timestamp(milliseconds: 0)) == nil)
  }
}
