import ClawCore
import ClawJSON
import ClawTesting
import Testing

@testable import ClawModels

@Suite("The OpenAI dialect over the wire")
struct OpenAIWireTests {
  @Test("text streams in pieces, and the whole is their concatenation")
  func text() async throws {
    try await Bench.run { bench in
      let recorder = Recorder()
      bench.server.enqueue(.text("Good day to you").usage(.init(input: 20, output: 4, cached: 16)))
      let reply = try await bench.ask(into: recorder)
      #expect(recorder.events == ["Good ", "day ", "to ", "you"].map(ModelEvent.text))
      #expect(reply.text == "Good day to you")
      #expect(reply.stopReason == .stop)
      #expect(reply.model == Bench.main)
      #expect(reply.usage == TokenUsage(inputTokens: 20, outputTokens: 4, cachedInputTokens: 16))
      #expect(bench.server.violations.isEmpty)
      #expect(bench.server.requests[0].headers["authorization"] == "Bearer sk-main-secret-0123456789")
    }
  }

  @Test("a base URL with a slash at its end works, and the default answer is an echo")
  func echo() async throws {
    try await Bench.run { bench in
      let answer = try await bench.ask(.saying("ping"), Bench.other)
      #expect(answer.text == "echo: ping")
      #expect(bench.second.violations.isEmpty)
    }
  }

  struct Wire: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var reply: @Sendable (FakeReply) -> FakeReply
  }

  static let wires: [Wire] = [
    Wire(testDescription: "byte by byte") { $0.bytewise() },
    Wire(testDescription: "CRLF") { $0.withCRLF() },
    Wire(testDescription: "CR, byte by byte") { $0.withCR().bytewise() },
    Wire(testDescription: "data: without a space") { $0.withoutSpaces() },
    Wire(testDescription: "comments and unknown fields") { $0.withComments() },
    Wire(testDescription: "writes cut inside characters") { $0.splittingUTF8() },
    Wire(testDescription: "no [DONE]") { $0.withoutDone() },
    Wire(testDescription: "a plain body") { $0.plain() },
  ]

  @Test("L22: an answer reads the same however it is put into bytes", arguments: wires)
  func wireForms(_ wire: Wire) async throws {
    try await Bench.run { bench in
      let recorder = Recorder()
      let answer = FakeReply([
        .text("Grüße "), .text("aus 東京 😀"),
        .call(id: "call_9", name: "weather", arguments: #"{"place":"Köln"}"#),
      ])
      bench.server.enqueue(wire.reply(answer))
      let reply = try await bench.ask(into: recorder)
      #expect(reply.text == "Grüße aus 東京 😀")
      #expect(recorder.text == reply.text)
      #expect(reply.calls == [ToolCall(id: "call_9", name: "weather", arguments: ["place": "Köln"])])
      #expect(reply.stopReason == .toolCalls)
      #expect(reply.usage == TokenUsage(inputTokens: 11, outputTokens: 7))
    }
  }

  @Test("L22: a piece of 2 MB in one line arrives whole")
  func hugeLine() async throws {
    try await Bench.run { bench in
      let text = String(repeating: "0123456789abcdef", count: 131_072)
      bench.server.enqueue(FakeReply([.text(text)]))
      let answer = try await bench.ask()
      #expect(answer.text == text)
    }
  }

  @Test("reasoning arrives as thinking, under either name, and is no part of the text")
  func thinking() async throws {
    try await Bench.run { bench in
      let recorder = Recorder()
      bench.server.enqueue(FakeReply([.thinking("let me "), .raw(["reasoning": "see"]), .text("yes")]))
      let reply = try await bench.ask(into: recorder)
      #expect(recorder.events == [.thinking("let me "), .thinking("see"), .text("yes")])
      #expect(reply.text == "yes")
    }
  }

  struct Calls: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var deltas: [JSONValue]
    var expected: [[String]]
  }

  static let calls: [Calls] = [
    Calls(
      testDescription: "no index",
      deltas: [
        ["tool_calls": [["id": "a1", "function": ["name": "one", "arguments": "{\"x\""]]]],
        ["tool_calls": [["function": ["arguments": ":1}"]]]],
        ["tool_calls": [["id": "a2", "function": ["name": "two", "arguments": "{}"]]]],
      ], expected: [["a1", "one", #"{"x":1}"#], ["a2", "two", "{}"]]),
    Calls(
      testDescription: "arguments as an object",
      deltas: [["tool_calls": [["index": 0, "id": "a", "function": ["name": "one", "arguments": ["x": 1]]]]]],
      expected: [["a", "one", #"{"x":1}"#]]),
    Calls(
      testDescription: "no arguments",
      deltas: [["tool_calls": [["index": 0, "id": "a", "function": ["name": "one"]]]]],
      expected: [["a", "one", "{}"]]),
    Calls(
      testDescription: "arguments that are no JSON",
      deltas: [["tool_calls": [["index": 0, "id": "a", "function": ["name": "one", "arguments": "x=1"]]]]],
      expected: [["a", "one", #"{"_raw":"x=1"}"#]]),
    Calls(
      testDescription: "encoded twice",
      deltas: [["tool_calls": [["index": 0, "id": "a", "function": ["name": "one", "arguments": #""{\"x\":1}""#]]]]],
      expected: [["a", "one", #"{"x":1}"#]]),
    Calls(
      testDescription: "index 0 for every call",
      deltas: [
        ["tool_calls": [["index": 0, "id": "a", "function": ["name": "one", "arguments": "{}"]]]],
        ["tool_calls": [["index": 0, "id": "b", "function": ["name": "two", "arguments": "{}"]]]],
      ], expected: [["a", "one", "{}"], ["b", "two", "{}"]]),
    Calls(
      testDescription: "the name in each piece",
      deltas: [
        ["tool_calls": [["index": 0, "id": "a", "function": ["name": "one", "arguments": "{"]]]],
        ["tool_calls": [["index": 0, "id": "a", "function": ["name": "one", "arguments": "}"]]]],
      ], expected: [["a", "one", "{}"]]),
    Calls(
      testDescription: "another id in each piece, no name after the first",
      deltas: [
        ["tool_calls": [["index": 0, "id": "a", "function": ["name": "one", "arguments": ""]]]],
        ["tool_calls": [["index": 0, "id": "b", "function": ["arguments": "{\"x\""]]]],
        ["tool_calls": [["index": 0, "id": "c", "function": ["arguments": ":1}"]]]],
      ], expected: [["a", "one", #"{"x":1}"#]]),
    Calls(
      testDescription: "another id in each piece and no index",
      deltas: [
        ["tool_calls": [["id": "a", "function": ["name": "one", "arguments": "{\"x\""]]]],
        ["tool_calls": [["id": "b", "function": ["arguments": ":1}"]]]],
      ], expected: [["a", "one", #"{"x":1}"#]]),
    Calls(
      testDescription: "an empty object first",
      deltas: [
        ["tool_calls": [["index": 0, "id": "a", "function": ["name": "one", "arguments": "{}"]]]],
        ["tool_calls": [["index": 0, "function": ["arguments": "{\"x\":1}"]]]],
      ], expected: [["a", "one", #"{"x":1}"#]]),
    Calls(
      testDescription: "an empty object first, as an object",
      deltas: [
        ["tool_calls": [["index": 0, "id": "a", "function": ["name": "one", "arguments": [:]]]]],
        ["tool_calls": [["index": 0, "function": ["arguments": "{\"x\":1}"]]]],
      ], expected: [["a", "one", #"{"x":1}"#]]),
    Calls(
      testDescription: "a summary after the pieces",
      deltas: [
        ["tool_calls": [["index": 0, "id": "a", "function": ["name": "one", "arguments": "{\"x\""]]]],
        ["tool_calls": [["index": 0, "function": ["arguments": ":\"}{\"}"]]]],
        ["tool_calls": [["index": 0, "id": "a", "function": ["name": "one", "arguments": "{ \"x\": \"}{\" }"]]]],
      ], expected: [["a", "one", #"{"x":"}{"}"#]]),
    Calls(
      testDescription: "a summary encoded twice",
      deltas: [
        ["tool_calls": [["index": 0, "id": "a", "function": ["name": "one", "arguments": "{\"x\":1}"]]]],
        ["tool_calls": [["index": 0, "id": "a", "function": ["name": "one", "arguments": #""{\"x\":1}""#]]]],
      ], expected: [["a", "one", #"{"x":1}"#]]),
    Calls(
      testDescription: "the same object twice",
      deltas: [
        ["tool_calls": [["index": 0, "id": "a", "function": ["name": "one", "arguments": "{\"x\":1}"]]]],
        ["tool_calls": [["index": 0, "function": ["arguments": "{\"x\":1}"]]]],
      ], expected: [["a", "one", #"{"x":1}"#]]),
    Calls(
      testDescription: "two different objects are nothing to choose from",
      deltas: [
        ["tool_calls": [["index": 0, "id": "a", "function": ["name": "one", "arguments": "{\"x\":1}{\"x\":2}"]]]]
      ], expected: [["a", "one", #"{"_raw":"{\"x\":1}{\"x\":2}"}"#]]),
  ]

  @Test("L17: calls are put together whatever the server leaves out", arguments: calls)
  func callForms(_ sample: Calls) async throws {
    try await Bench.run { bench in
      bench.server.enqueue(FakeReply(sample.deltas.map(FakeReply.Piece.raw)).finishing("stop"))
      let reply = try await bench.ask()
      #expect(reply.calls.map { [$0.id, $0.name, $0.arguments.serializedString()] } == sample.expected)
      #expect(reply.stopReason == .toolCalls)
    }
  }

  @Test("L17: a call without an id, or with one that was used before, gets one of ours")
  func missingIDs() async throws {
    try await Bench.run { bench in
      let delta: JSONValue = [
        "tool_calls": [
          ["index": 0, "function": ["name": "one", "arguments": "{}"]],
          ["index": 1, "id": "call_1", "function": ["name": "two", "arguments": "{}"]],
        ]
      ]
      bench.server.enqueue(FakeReply([.raw(delta)]))
      var request = ModelRequest.hello
      request.exchanges.insert(.weather(id: "call_1"), at: 0)
      let ids = try await bench.ask(request).calls.map(\.id)
      #expect(ids.count == 2)
      #expect(Set(ids + ["call_1", ""]).count == 4)
      #expect(bench.server.violations.isEmpty)
    }
  }

  @Test("an answer cut by its length says so, and a call cut with it is left out")
  func length() async throws {
    try await Bench.run { bench in
      let whole = FakeReply.Piece.call(id: "a", name: "one", arguments: "{}")
      let cut = FakeReply.Piece.call(id: "b", name: "two", arguments: #"{"x": "unfinis"#)
      bench.server.enqueue(FakeReply([.text("So "), whole, cut]).finishing("length"))
      let reply = try await bench.ask()
      #expect(reply.stopReason == .length)
      #expect(reply.calls.map(\.id) == ["a"])
    }
  }

  @Test(
    "the reasons for stopping",
    arguments: [
      ("stop", StopReason.stop), ("length", .length), ("model_length", .length), ("content_filter", .contentFilter),
      ("eos", .stop),
    ])
  func stopReasons(_ wire: String, _ expected: StopReason) async throws {
    try await Bench.run { bench in
      bench.server.enqueue(.text("x").finishing(wire))
      let answer = try await bench.ask()
      #expect(answer.stopReason == expected)
    }
  }

  @Test("L22: a stream that ends early is an error, not an answer", arguments: [0, 1, 2])
  func endsEarly(after count: Int) async throws {
    try await Bench.run { bench in
      let recorder = Recorder()
      bench.server.enqueue(.text("one two three").endingEarly(after: count))
      let error = try #require(try await bench.failure(into: recorder))
      #expect(error.code == .unavailable)
      #expect(error.kind == .provider)
      #expect(error.message.contains("main/fake-small"))
      #expect(recorder.events.count == count)
    }
  }

  @Test("L22: a connection that goes away in the middle is an error", arguments: [0, 2])
  func cutConnection(after count: Int) async throws {
    try await Bench.run { bench in
      bench.server.enqueue(.text("one two three").cut(after: count))
      let error = try #require(try await bench.failure())
      #expect(error.code == .unavailable)
      #expect(error.kind == .provider)
    }
  }

  @Test("an error object in the stream is that error")
  func errorInStream() async throws {
    try await Bench.run { bench in
      bench.server.enqueue(.text("one two").failing(after: 1, ["message": "Slow down", "code": 429]))
      let error = try #require(try await bench.failure())
      #expect(error.code == .resourceExhausted)
      #expect(error.message.contains("Slow down"))
    }
  }

  @Test("a piece that is no JSON ends the call with an error that says what to check")
  func malformed() async throws {
    try await Bench.run { bench in
      bench.server.enqueue(.status(200, body: "data: {broken\n\n"))
      let error = try #require(try await bench.failure())
      #expect(error.code == .unavailable)
      #expect(error.message.contains("base URL"))
    }
  }

  @Test("half a surrogate pair does not end the answer")
  func surrogates() async throws {
    try await Bench.run { bench in
      let chunk = #"{"choices":[{"index":0,"delta":{"content":"ok \ud83d"},"finish_reason":"stop"}]}"#
      bench.server.enqueue(.status(200, body: "data: \(chunk)\n\ndata: [DONE]\n\n"))
      let answer = try await bench.ask()
      #expect(answer.text == "ok \u{FFFD}")
    }
  }

  @Test("the same connection serves the next question")
  func reuse() async throws {
    try await Bench.run { bench in
      for _ in 0..<5 { _ = try await bench.ask() }
      #expect(bench.server.connections == 1)
    }
  }

  @Test("a message between two rounds stands behind the results of the first, with and without tools")
  func messageBetweenRounds() async throws {
    try await Bench.run { bench in
      var request = ModelRequest.hello
      request.exchanges = [.steered]
      _ = try await bench.ask(request, Bench.main)
      #expect(bench.server.violations.isEmpty)
      let messages = bench.server.requests[0].messages.filter { $0["role"] != "system" }
      #expect(
        messages.map { $0["role"]?.stringValue } == ["user", "assistant", "tool", "user", "assistant", "user"])
      #expect(messages[3]["content"] == "in Rome\nand in Paris")
      #expect(messages[5]["content"] == "thanks")
      // Without tools the results are part of the answer.
      let steps = Dialogue(request, foldingTools: true).steps
      #expect(steps.count == 5 && steps[2] == .user([.text("in Rome"), .text("and in Paris")]))
    }
  }

  @Test("a summary stands for what is not shown any more, in front of what the user says next")
  func summary() {
    var request = ModelRequest.saying("go on")
    request.exchanges.insert(Exchange([.summary(Summary("They spoke of tea."))]), at: 0)
    let dialogue = Dialogue(request)
    #expect(dialogue.steps == [.user([.text(Dialogue.summaryHeading + "They spoke of tea."), .text("go on")])])
    #expect(dialogue.lastExchangeStart == 0)
  }

  @Test("a conversation with tools, several inputs and an aborted turn is one that strict vendors take")
  func strictConversation() async throws {
    try await Bench.run { bench in
      var request = ModelRequest.hello
      request.systemSuffix = "It is Monday."
      request.tools = [.weather]
      request.exchanges = [
        Exchange(input: [], rounds: [Round(text: "Welcome back.")]),
        Exchange(input: [UserMessage("one"), UserMessage("two"), UserMessage("  ")]),
        Exchange(input: [UserMessage("three")], rounds: [Round(text: "   ")]),
        .weather(id: "strange id!", answer: nil),
        .weather("And now?", id: "call_2"),
        Exchange(input: [UserMessage(parts: [.text("see"), .image(url: "https://example.org/a.png")])]),
      ]
      for model in [Bench.main, Bench.claude] { _ = try await bench.ask(request, model) }
      #expect(bench.server.violations.isEmpty)
      #expect(bench.server.requests.count == 2)
    }
  }
}
