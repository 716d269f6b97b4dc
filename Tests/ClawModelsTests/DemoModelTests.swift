import AsyncHTTPClient
import ClawCore
import ClawJSON
import NIOPosix
import Testing

@testable import ClawModels

@Suite("The demo model")
struct DemoModelTests {
  static let tools = [
    ToolSpec(name: "datetime", summary: "", parameters: [:]),
    ToolSpec(name: "calculator", summary: "", parameters: [:]),
  ]

  static func model(_ clock: some Clock<Duration> = TestClock()) -> DemoModel {
    DemoModel(provider: "demo", ticker: Ticker(clock), wordDelay: .zero)
  }

  static func request(_ texts: [String], tools: [ToolSpec] = tools) -> ModelRequest {
    ModelRequest(
      system: "You are kind.",
      exchanges: texts.map { text in
        Exchange(input: [UserMessage(text)], rounds: text == texts.last ? [] : [Round(text: "ok")])
      }, tools: tools)
  }

  static func say(_ texts: String..., into recorder: Recorder = Recorder()) async throws -> ModelReply {
    try await model().reply(to: request(texts), model: "demo") { recorder.take($0) }
  }

  @Test("it says what it is and how to get a real one, word by word")
  func introduction() async throws {
    let recorder = Recorder()
    let reply = try await Self.say("Hello there", into: recorder)
    #expect(reply.text.contains("demo model"))
    #expect(reply.text.contains("SWIFTCLAW_OPENAI_API_KEY"))
    #expect(reply.text.hasSuffix("You said: Hello there"))
    #expect(recorder.events.count > 30)
    #expect(recorder.text == reply.text)
    #expect(reply.model == ModelReference(provider: "demo", model: "demo"))
    #expect(reply.usage?.inputTokens == 5)
    #expect(reply.usage?.outputTokens == recorder.events.count)
  }

  @Test(
    "it remembers the conversation",
    arguments: [
      (["my name is Ada.", "what is my name?"], "Your name is Ada; you told me."),
      (["Hi, My name is Åse-Lin!", "x", "What's my name"], "Your name is Åse-Lin; you told me."),
      (["what is my name?"], "You haven't told me your name yet."),
      (["I like tea", "and cake", "what did I say first?"], "The first thing you said was: I like tea"),
      (["I like tea", "and cake", "What did I say before?"], "Before this you said: and cake"),
      (["what did i say first?"], "You haven't said anything before this."),
      (["a", "b", "how many messages have I sent?"], "You have sent me 3 messages, this one included."),
    ])
  func memory(_ texts: [String], _ expected: String) async throws {
    let reply = try await Self.model().reply(to: Self.request(texts), model: "demo") { _ in }
    #expect(reply.text == expected)
  }

  @Test("asked for the time it calls the tool", arguments: ["What time is it?", "tell me the time", "what day is it"])
  func time(_ text: String) async throws {
    let reply = try await Self.say(text)
    #expect(reply.calls.map(\.name) == ["datetime"])
    #expect(reply.stopReason == .toolCalls)
    #expect(reply.text.isEmpty)
  }

  @Test(
    "asked for a sum it calls the tool with the expression",
    arguments: [
      ("what is 2+3*4", "2+3*4"), ("What is 2 + 3 * 4?", "2+3*4"), ("12 times 7", "12*7"), ("(1+2)/3", "(1+2)/3"),
      ("How much is 10 divided by 4, please?", "10/4"), ("the sum of 3 and 4", "3+4"), ("1.5 plus 2.", "1.5+2"),
      ("what's 6 × 7?", "6*7"),
    ])
  func sum(_ text: String, _ expression: String) async throws {
    let reply = try await Self.say(text)
    #expect(reply.calls.map(\.name) == ["calculator"])
    #expect(reply.calls.first?.arguments == ["expression": .string(expression)])
  }

  @Test(
    "what is no sum is not calculated",
    arguments: [
      "call me at 555-1234", "what is love?", "chapter 3", "see 1-2 people",
    ])
  func noSum(_ text: String) async throws {
    let reply = try await Self.say(text)
    #expect(reply.calls.isEmpty)
    #expect(!reply.text.isEmpty)
  }

  @Test("it answers with the result of the tool, also when that failed")
  func result() async throws {
    func answer(_ result: ToolResult) async throws -> String {
      var request = Self.request(["what is 2+2?"])
      let call = ToolCall(id: "c", name: "calculator", arguments: ["expression": "2+2"])
      request.exchanges[0].answer(with: Round(text: "", calls: [CompletedCall(call: call, result: result)]))
      return try await Self.model().reply(to: request, model: "demo") { _ in }.text
    }
    #expect(try await answer(ToolResult(content: "4")) == "The tool calculator answered: 4")
    #expect(try await answer(ToolResult(content: "no", isError: true)) == "The tool calculator failed: no")
  }

  @Test("without the tool it says so instead of calling")
  func withoutTool() async throws {
    let reply = try await Self.model().reply(to: Self.request(["what time is it?"], tools: []), model: "demo") { _ in }
    #expect(reply.calls.isEmpty)
    #expect(reply.text.contains("datetime"))
  }

  @Test("it counts, without a pause unless asked to be slow")
  func counting() async throws {
    let recorder = Recorder()
    let reply = try await Self.say("Please count to 5!", into: recorder)
    #expect(reply.text == "1, 2, 3, 4, 5.")
    #expect(recorder.events.count == 5)
    #expect(try await Self.say("count to ten").text.hasSuffix("9, 10."))
  }

  @Test("L10: counting slowly can be cancelled in the middle")
  func slowly() async throws {
    let clock = TestClock()
    let recorder = Recorder()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        await #expect(throws: CancellationError.self) {
          try await Self.model(clock).reply(to: Self.request(["count slowly to 100"]), model: "demo") {
            recorder.take($0)
          }
        }
      }
      await clock.sleeper(of: .milliseconds(200))
      clock.advance(by: .milliseconds(200))
      await clock.sleeper(of: .milliseconds(200))
      group.cancelAll()
      try await group.waitForAll()
    }
    #expect(recorder.text.hasPrefix("1, 2"))
    #expect(recorder.events.count < 100)
  }

  @Test("it is a provider like any other, and needs no network")
  func routed() async throws {
    try await Bench.run(extra: [.demo]) { bench in
      let reference = try #require(bench.router.resolve("demo"))
      let reply = try await bench.ask(.saying("my name is Kim"), reference)
      #expect(reply.text.contains("Kim"))
      let listing = try await bench.router.list(provider: "demo")
      #expect(listing.models.map(\.reference) == [reference])
    }
  }
}
