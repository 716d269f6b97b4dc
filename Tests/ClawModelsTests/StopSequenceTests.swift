import ClawCore
import ClawJSON
import ClawTesting
import Testing

@testable import ClawModels

@Suite("Stop sequences that the gateway cuts at")
struct StopSequenceTests {
  @Test(
    "a text ends before the first of them, however it comes, and nothing of one is shown",
    arguments: [
      ("one END two", ["END"], "one "), ("ENDING", ["ENDS", "END"], ""), ("aaab", ["aab"], "a"),
      ("no such thing", ["END"], "no such thing"), ("EN", ["END"], "EN"), ("a\n\nb", ["\n\n"], "a"),
      ("grüße ü!", ["ü!"], "grüße "), ("x\u{301}y", ["\u{301}"], "x"), ("tail EN", ["END"], "tail EN"),
    ])
  func cutting(_ text: String, _ sequences: [String], _ expected: String) throws {
    let scalars = Array(text.unicodeScalars)
    for size in 1...scalars.count {
      var cutter = try #require(StopCutter(sequences))
      var shown = ""
      for start in stride(from: 0, to: scalars.count, by: size) {
        var piece = ""
        piece.unicodeScalars.append(contentsOf: scalars[start..<min(start + size, scalars.count)])
        shown += cutter.push(piece)
      }
      shown += cutter.finish()
      #expect(Array(shown.utf8) == Array(expected.utf8), "in pieces of \(size)")
    }
    #expect(StopCutter(["", ""]) == nil)
  }

  private static func provider(_ name: String, _ rules: String, _ server: FakeModelServer) -> ProviderConfiguration {
    ProviderConfiguration(
      name: name, dialect: .openAI, baseURL: server.url, apiKey: "k", defaultModel: "gpt-5-mini", rules: rules)
  }

  @Test("a model whose vendor takes none is cut off, in the stream and in the whole, and its socket is closed")
  func reasoningModel() async throws {
    let server = try await FakeModelServer.start()
    let provider = Self.provider("work", "openai", server)
    let model = ModelReference(provider: "work", model: "gpt-5-mini")
    var request = ModelRequest.hello
    request.sampling.stop = ["END"]
    let asked = request
    let clock = TestClock()
    try await Bench.run(clock: clock, extra: [provider]) { bench in
      let gate = FakeGate()
      let recorder = Recorder()
      server.enqueue(FakeReply([.text("one E"), .text("ND two")]).stalling(after: 2, gate))
      async let reply = bench.ask(asked, model, into: recorder)
      await clock.sleeper(of: ModelTransport.drainTime)
      clock.advance(by: ModelTransport.drainTime)
      let found = try await reply
      #expect(found.text == "one " && recorder.text == "one " && found.stopReason == .stop && found.calls.isEmpty)
      await server.clientClosed(server.requests[0])
      #expect(server.requests[0].body["stop"] == nil)
      gate.open()
    }
    await server.stop()
  }

  @Test("what the vendor takes is left to it; blank sequences Anthropic refuses", arguments: [["END"], ["\n\n"]])
  func passedOn(_ sequences: [String]) async throws {
    try await Bench.run { bench in
      var request = ModelRequest.hello
      request.sampling.stop = sequences
      bench.server.respond { _ in FakeReply([.text("a\n\nb END c")]) }
      let openAI = try await bench.ask(request, Bench.main)
      #expect(openAI.text == "a\n\nb END c")
      #expect(bench.server.requests[0].body["stop"] == .array(sequences.map { .string($0) }))
      let claude = try await bench.ask(request, Bench.claude)
      let isBlank = sequences == ["\n\n"]
      #expect(claude.text == (isBlank ? "a" : "a\n\nb END c"))
      #expect((bench.server.requests[1].body["stop_sequences"] == nil) == isBlank)
    }
  }
}

@Suite("Options that a model can't honour")
struct UnsupportedOptionTests {
  private static func unsupported(
    _ vendor: String?, _ model: String, _ sampling: SamplingOptions
  ) -> [SamplingOption] {
    ModelQuirks(vendor: vendor, model: model).unsupported(in: sampling)
  }

  @Test("are told before the model is asked; neutral values are none")
  func options() {
    let cold = SamplingOptions(temperature: 0.2)
    #expect(Self.unsupported("openai", "gpt-4o", cold) == [])
    #expect(Self.unsupported("openai", "gpt-5-mini", cold) == [.temperature])
    #expect(Self.unsupported("openai", "gpt-5-mini", SamplingOptions(temperature: 1, topP: 1)) == [])
    for model in ["claude-opus-4-8", "claude-sonnet-5", "claude-fable-5", "claude-mythos-5", "claude-opus-4-7"] {
      #expect(Self.unsupported("anthropic", model, cold) == [.temperature])
    }
    #expect(Self.unsupported("anthropic", "claude-opus-4-6", cold) == [])
    #expect(Self.unsupported("anthropic", "claude-sonnet-4-5", SamplingOptions(temperature: 1.8)) == [.temperature])
    #expect(
      Self.unsupported("anthropic", "claude-sonnet-4-5", SamplingOptions(temperature: 0.5, topP: 0.9)) == [.topP])
    for vendor in ["anthropic", "gemini", "deepseek"] {
      #expect(Self.unsupported(vendor, "x", SamplingOptions(seed: 1)) == [.seed])
    }
    #expect(Self.unsupported(nil, "any", SamplingOptions(temperature: 1.8, topP: 0.1, seed: 1)) == [])
    let stopped = SamplingOptions(maxOutputTokens: 5, stop: ["END"])
    #expect(Self.unsupported("openai", "o3", stopped) == [])
    #expect(Self.unsupported("openai", "gpt-4o", SamplingOptions(reasoningEffort: .low)) == [.reasoningEffort])
    #expect(Self.unsupported("openai", "o3", SamplingOptions(reasoningEffort: .low)) == [])
    #expect(Self.unsupported(nil, "any", SamplingOptions(reasoningEffort: .low)) == [])
    #expect(
      Self.unsupported("anthropic", "claude-sonnet-4-5", SamplingOptions(temperature: 0.2, reasoningEffort: .high))
        == [.temperature])
  }

  @Test("the router answers for its providers by their rules")
  func router() async throws {
    try await Bench.run { bench in
      let cold = SamplingOptions(temperature: 1.8, seed: 1)
      #expect(bench.router.unsupportedOptions(of: cold, for: Bench.main) == [])
      #expect(bench.router.unsupportedOptions(of: cold, for: Bench.claude) == [.temperature, .seed])
      #expect(bench.router.takesImages(Bench.claude))
    }
  }
}
