import ClawCore
import ClawJSON
import ClawTesting
import Testing

@testable import ClawModels

@Suite("Where an answer ends")
struct EndOfAnswerTests {
  @Test("an answer that said how it ended is whole, whatever then becomes of the connection", arguments: [true, false])
  func cutBehindTheEnd(isAnthropic: Bool) async throws {
    let clock = TestClock()
    try await Bench.run(clock: clock) { bench in
      let (recorder, gate) = (Recorder(), FakeGate())
      bench.server.enqueue(.text("all of it").lingering(gate).cutAtEnd())
      async let asked = bench.ask(.hello, isAnthropic ? Bench.claude : Bench.main, into: recorder)
      // The end was read; the reader waits for more.
      await clock.sleeper(of: .seconds(2))
      gate.open()
      let reply = try await asked
      #expect(reply.text == "all of it" && recorder.text == "all of it")
      #expect(reply.usage == TokenUsage(inputTokens: 11, outputTokens: 7))
    }
  }

  @Test("silence behind the end of an answer is waited out for two seconds, not for the time of a broken stream")
  func silenceBehindTheEnd() async throws {
    let clock = TestClock()
    try await Bench.run(clock: clock) { bench in
      let gate = FakeGate()
      let recorder = Recorder()
      bench.server.enqueue(.text("all there").withoutDone().lingering(gate))
      async let reply = bench.ask(into: recorder)
      await clock.sleeper(of: .seconds(2))
      clock.advance(by: .seconds(2))
      let text = try await reply.text
      #expect(text == "all there" && recorder.text == text)
      await bench.server.clientClosed(bench.server.requests[0])
      gate.open()
    }
  }

  @Test("text that was held back as the beginning of a tag is let go with the end")
  func heldBehindTheEnd() async throws {
    let clock = TestClock()
    let local = ProviderConfiguration(name: "vllm", dialect: .openAI, baseURL: "", apiKey: "k", defaultModel: "m")
    try await Bench.run(clock: clock) { bench in
      let gate = FakeGate()
      bench.server.enqueue(.text("<thi").withoutDone().lingering(gate))
      let provider = ProviderConfiguration(
        name: local.name, dialect: .openAI, baseURL: bench.server.url, apiKey: "k", defaultModel: "m")
      try await Bench.run(clock: clock, extra: [provider]) { inner in
        let recorder = Recorder()
        async let reply = inner.ask(.hello, ModelReference(provider: "vllm", model: "m"), into: recorder)
        await clock.sleeper(of: .seconds(2))
        clock.advance(by: .seconds(2))
        let text = try await reply.text
        #expect(text == "<thi" && recorder.text == text)
      }
      gate.open()
    }
  }

  @Test("[DONE] without a finish_reason is the server's word that all is there")
  func doneAlone() async throws {
    try await Bench.run { bench in
      bench.server.enqueue(
        SSEBody.openAI(SSEBody.text("yes"), "[DONE]"),
        SSEBody.openAI(SSEBody.call(0, id: "c", name: "weather", #"{"place":"Oslo"}"#), "[DONE]"))
      #expect(try await bench.ask().text == "yes")
      let second = try await bench.ask()
      #expect(second.calls == [ToolCall(id: "c", name: "weather", arguments: ["place": "Oslo"])])
      #expect(second.stopReason == .toolCalls)
    }
  }

  @Test(
    "an end that tells of a failure is one, also by a word that nobody knows",
    arguments: ["abort", "network_error", "error", "MALFORMED_FUNCTION_CALL", "upstream_failed", "cancelled"])
  func failures(reason: String) async throws {
    let clock = TestClock()
    try await Bench.run(clock: clock, retry: RetryPolicy(attempts: 2)) { (bench) async throws in
      bench.server.enqueue(SSEBody.openAI(SSEBody.finish(reason), "[DONE]"), .text("whole"))
      async let reply = bench.ask()
      await clock.sleeper(of: .milliseconds(300))
      clock.advance(by: .milliseconds(300))
      #expect(try await reply.text == "whole")
    }
    // Whether the half was shown depends on how the bytes arrive; there is no retry either way.
    try await Bench.run(retry: RetryPolicy(attempts: 1)) { bench in
      bench.server.enqueue(SSEBody.openAI(SSEBody.text("half"), SSEBody.finish(reason), "[DONE]"))
      let error = try #require(try await bench.failure())
      #expect(error.code == .unavailable)
      #expect(error.message.contains(reason.lowercased()))
    }
  }

  @Test(
    "the words for an end",
    arguments: [
      ("sensitive", StopReason.contentFilter), ("PROHIBITED_CONTENT", .contentFilter), ("output_limit", .length),
      ("complete", .stop), ("end_turn", .stop), ("stop_sequence", .stop),
    ])
  func words(_ word: String, _ expected: StopReason) throws {
    #expect(try StopReason(wire: word) == expected)
  }

  @Test("a round that asked for tools and names none is no answer", arguments: [true, false])
  func nameless(isAnthropic: Bool) async throws {
    try await Bench.run { bench in
      if isAnthropic {
        bench.server.enqueue(
          SSEBody.anthropic(
            SSEBody.start(0, ["type": "tool_use", "id": "a", "name": "", "input": [:]]), SSEBody.stop(0),
            SSEBody.end("tool_use"), SSEBody.messageStop))
      } else {
        bench.server.enqueue(
          SSEBody.openAI(SSEBody.call(0, id: "a", name: "", "{}"), SSEBody.finish("tool_calls"), "[DONE]"))
      }
      let error = try #require(try await bench.failure(.hello, isAnthropic ? Bench.claude : Bench.main))
      #expect(error.code == .unavailable && error.message.contains("without naming"))
    }
  }

  @Test(
    "events that only keep the connection alive are passed over",
    arguments: ["data:\n\n", "data: \n\n", "event: keepalive\ndata:\n\n", "event: ping\ndata: now\n\n", ": x\n\n"])
  func heartbeats(beat: String) async throws {
    try await Bench.run { bench in
      let lines = ["data: \(SSEBody.text("one "))\n\n", "data: \(SSEBody.text("two"))\n\n"]
      let end = "data: \(SSEBody.finish("stop"))\n\n"
      bench.server.enqueue(.status(200, body: beat + lines[0] + beat + lines[1] + end + beat))
      let answer = try await bench.ask()
      #expect(answer.text == "one two")
      let first = "event: content_block_delta\ndata: \(SSEBody.text(0, "one ").serializedString())\n\n"
      let second = "event: content_block_delta\ndata: \(SSEBody.text(0, "two").serializedString())\n\n"
      let stop = "event: message_stop\ndata: \(SSEBody.messageStop.serializedString())\n\n"
      bench.server.enqueue(.status(200, body: first + beat + second + beat + stop))
      #expect(try await bench.ask(.hello, Bench.claude).text == "one two")
    }
  }

  @Test("a provider that counts nothing has its tokens estimated, and marked so", arguments: [true, false])
  func estimate(isAnthropic: Bool) async throws {
    try await Bench.run { bench in
      bench.server.enqueue(.text(String(repeating: "word ", count: 40)).withoutUsage())
      let usage = try #require(try await bench.ask(.hello, isAnthropic ? Bench.claude : Bench.main).usage)
      #expect(usage.isEstimate)
      #expect((40...60).contains(usage.outputTokens) && usage.inputTokens > 2)
      bench.server.enqueue(.text("counted"))
      #expect(try await bench.ask(.hello, isAnthropic ? Bench.claude : Bench.main).usage?.isEstimate == false)
    }
  }
}
