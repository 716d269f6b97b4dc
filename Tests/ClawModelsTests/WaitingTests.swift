import ClawCore
import ClawTesting
import NIOCore
import NIOPosix
import Testing

@testable import ClawModels

@Suite("Timeouts and cancellation")
struct WaitingTests {
  static let timeouts = ModelTimeouts(firstByte: .seconds(60), silence: .seconds(120))

  @Test("no head within the limit: a timeout, the socket is closed, the next model is asked")
  func firstByte() async throws {
    let clock = TestClock()
    try await Bench.run(clock: clock, timeouts: Self.timeouts) { bench in
      let gate = FakeGate()
      bench.server.enqueue(FakeReply.text("never").held(by: gate))
      async let reply = bench.ask(.hello, Bench.main, Bench.other)
      await gate.reached()
      await clock.sleeper(of: .seconds(60))
      clock.advance(by: .seconds(60))
      let model = try await reply.model
      #expect(model == Bench.other)
      await bench.server.clientClosed(bench.server.requests[0])
    }
  }

  @Test("silence inside a stream: a timeout of the agent, and the socket is closed")
  func silence() async throws {
    let clock = TestClock()
    try await Bench.run(clock: clock, timeouts: Self.timeouts) { bench in
      let gate = FakeGate()
      let recorder = Recorder()
      bench.server.enqueue(FakeReply.text("one two three").stalling(after: 1, gate))
      async let failure = bench.failure(into: recorder)
      await recorder.began()
      let mover = Task {
        while !Task.isCancelled {
          clock.advance(by: .seconds(1))
          await Task.yield()
        }
      }
      defer { mover.cancel() }
      let error = try #require(try await failure)
      #expect(error.code == .agentTimeout)
      #expect(error.kind == .provider)
      #expect(recorder.text == "one ")
      await bench.server.clientClosed(bench.server.requests[0])
    }
  }

  @Test("time that the reader takes is not held against the provider")
  func slowReader() async throws {
    let clock = TestClock()
    try await Bench.run(clock: clock, timeouts: Self.timeouts) { bench in
      bench.server.enqueue(.text("one two"))
      let reply = try await bench.router.reply(to: .hello, from: [Bench.main]) { _ in
        clock.advance(by: .seconds(600))
      }
      #expect(reply.text == "one two")
    }
  }

  @Test("L10: cancelling before the first byte closes the socket")
  func cancelEarly() async throws {
    try await Bench.run { bench in
      let gate = FakeGate()
      bench.server.enqueue(FakeReply.text("never").held(by: gate))
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await #expect(throws: CancellationError.self) { try await bench.ask() } }
        await gate.reached()
        group.cancelAll()
        try await group.waitForAll()
      }
      await bench.server.clientClosed(bench.server.requests[0])
    }
  }

  @Test("L10: cancelling inside a stream closes the socket", arguments: [Bench.main, Bench.claude])
  func cancelStreaming(_ model: ModelReference) async throws {
    try await Bench.run { bench in
      let gate = FakeGate()
      bench.server.enqueue(FakeReply.text("one two three").stalling(after: 1, gate))
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await #expect(throws: CancellationError.self) { try await bench.ask(.hello, model) } }
        await gate.reached()
        group.cancelAll()
        try await group.waitForAll()
      }
      await bench.server.clientClosed(bench.server.requests[0])
      #expect(bench.server.requests.count == 1)
    }
  }

  @Test("L10: cancelling while a connection is being made ends the call at once", arguments: ["http", "https"])
  func cancelConnecting(_ scheme: String) async throws {
    // Accepts the connection and sends nothing: over TLS the handshake hangs.
    let (connected, signal) = AsyncStream.makeStream(of: (any Channel).self)
    let mute = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        signal.yield(channel)
        return channel.eventLoop.makeSucceededVoidFuture()
      }
      .bind(host: "127.0.0.1", port: 0).get()
    let provider = ProviderConfiguration(
      name: "mute", dialect: .openAI, baseURL: "\(scheme)://127.0.0.1:\(mute.localAddress?.port ?? 0)/v1", apiKey: "k",
      defaultModel: "m")
    try await Bench.run(extra: [provider]) { bench in
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          await #expect(throws: CancellationError.self) {
            try await bench.ask(.hello, ModelReference(provider: "mute", model: "m"))
          }
        }
        var peers = connected.makeAsyncIterator()
        let peer = await peers.next()
        group.cancelAll()
        try await group.waitForAll()
        // The client's shutdown waits for the connection attempt.
        try? await peer?.close()
      }
    }
    try await mute.close().get()
  }

  @Test("cancelling ends the pause before another attempt")
  func cancelPause() async throws {
    let clock = TestClock()
    try await Bench.run(clock: clock, retry: RetryPolicy(attempts: 3)) { bench in
      bench.server.enqueue(.status(503))
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await #expect(throws: CancellationError.self) { try await bench.ask() } }
        await clock.sleeper(of: .milliseconds(300))
        group.cancelAll()
        try await group.waitForAll()
      }
      #expect(bench.server.requests.count == 1)
    }
  }

  @Test("a server that keeps the body open after the answer is complete does not hold the answer back")
  func lingering() async throws {
    let clock = TestClock()
    try await Bench.run(clock: clock, timeouts: Self.timeouts) { bench in
      let gate = FakeGate()
      bench.server.enqueue(.text("all there").lingering(gate))
      async let reply = bench.ask()
      await clock.sleeper(of: ModelTransport.drainTime)
      clock.advance(by: ModelTransport.drainTime)
      let text = try await reply.text
      #expect(text == "all there")
      gate.open()
    }
  }
}
