import ClawCommands
import ClawJSON
import ClawTesting
import Testing

@Suite("A model whose stream is unusual but right")
struct ModelStreamTests {
  struct Form: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let change: @Sendable (FakeReply) -> FakeReply

    static let all: [Form] = [
      Form(testDescription: "one byte at a time") { $0.bytewise() },
      Form(testDescription: "CRLF") { $0.withCRLF() },
      Form(testDescription: "CRLF, one byte at a time") { $0.withCRLF().bytewise() },
      Form(testDescription: "CR") { $0.withCR() },
      Form(testDescription: "no space after the colon") { $0.withoutSpaces() },
      Form(testDescription: "comments and unknown fields") { $0.withComments() },
      Form(testDescription: "writes inside of characters") { $0.splittingUTF8() },
      Form(testDescription: "nothing that says done") { $0.withoutDone() },
      Form(testDescription: "a plain object") { $0.plain() },
      Form(testDescription: "paced") { $0.paced(.milliseconds(1)) },
    ]
  }

  private static let text = "Grüße, 你好, 👩🏽‍🚀 — ça va? \"quoted\" \\ and \u{0} \u{2028} end"

  @Test(
    "L22: a conversation with a tool goes through, however the bytes come", arguments: ModelFaultTests.dialects,
    Form.all)
  func forms(dialect: String, form: Form) async throws {
    let models = try await FakeModelServer.start()
    let call = FakeReply([
      .text("Ich rechne: "), .call(id: "call_1", name: "calculator", arguments: #"{"expression":"6*7"}"#),
    ])
    models.enqueue(form.change(call), form.change(.text(Self.text)))
    try await GatewayHarness.run(models: models, dialect: dialect) { gateway in
      let client = try await gateway.connect()
      let payload = try await client.call("chat.send", ["message": .string(Self.text)])
      #expect(payload["content"]?.stringValue == Self.text)
      #expect(payload["usage"]?["total_tokens"] == 36)
      #expect(client.events.text == "Ich rechne: " + Self.text)
      for chunk in client.events where chunk["event"] == "chunk" {
        #expect(chunk["payload"]?["content"]?.stringValue?.contains("\u{FFFD}") == false)
        #expect(chunk["payload"]?["content"] != "")
      }
      let result = client.events.first { $0["event"] == "tool.result" }
      #expect(result?["payload"]?["preview"] == "42")
    }
    #expect(models.requests.last?.lastToolResults == ["42"])
    #expect(models.violations.isEmpty)
    await models.stop()
  }

  @Test("L22: a line of two megabytes is one piece of the answer", arguments: ModelFaultTests.dialects)
  func longLine(dialect: String) async throws {
    let models = try await FakeModelServer.start()
    let long = String(repeating: "0123456789abcdef", count: 1 << 17)
    models.enqueue(FakeReply([.text(long)]))
    try await GatewayHarness.run(
      models: models, dialect: dialect, set: { $0.set(Settings.maxQueueBytes, to: 16 << 20) }
    ) { gateway in
      let client = try await gateway.connect()
      let payload = try await client.call("chat.send", ["message": "much"])
      #expect(payload["content"]?.stringValue == long)
      #expect(client.events.text == long)
    }
    await models.stop()
  }

  @Test("an answer without token counts is an answer", arguments: ModelFaultTests.dialects)
  func withoutUsage(dialect: String) async throws {
    let models = try await FakeModelServer.start()
    models.enqueue(FakeReply.text("fine").withoutUsage())
    try await GatewayHarness.run(models: models, dialect: dialect) { gateway in
      let client = try await gateway.connect()
      let payload = try await client.call("chat.send", ["message": "hello"])
      #expect(payload["content"] == "fine")
      let usage = payload["usage"]
      #expect(usage?["estimated"] == true)
      #expect(usage?["completion_tokens"]?.intValue ?? 0 > 0 && usage?["prompt_tokens"]?.intValue ?? 0 > 0)
    }
    await models.stop()
  }

  @Test("an answer that was cut at the token limit is kept as far as it came", arguments: ModelFaultTests.dialects)
  func tokenLimit(dialect: String) async throws {
    let models = try await FakeModelServer.start()
    models.enqueue(FakeReply.text("as far as").finishing("length"))
    try await GatewayHarness.run(models: models, dialect: dialect) { gateway in
      let client = try await gateway.connect()
      let payload = try await client.call("chat.send", ["message": "hello"])
      #expect(payload["content"] == "as far as")
      #expect(payload["status"] == "completed")
    }
    await models.stop()
  }

  @Test("arguments that are no JSON are told to the model, which gets another try", arguments: ModelFaultTests.dialects)
  func brokenArguments(dialect: String) async throws {
    let models = try await FakeModelServer.start()
    models.enqueue(
      FakeReply([.call(id: "call_1", name: "calculator", arguments: #"{"expression":"1+"#)]),
      FakeReply([.call(id: "call_1", name: "no_such_tool", arguments: "{}")]), .text("I give up."))
    try await GatewayHarness.run(models: models, dialect: dialect) { gateway in
      let client = try await gateway.connect()
      let payload = try await client.call("chat.send", ["message": "hello"])
      #expect(payload["content"] == "I give up.")
      #expect(payload["iterations"] == 3)
      let results = client.events.filter { $0["event"] == "tool.result" }
      #expect(results.map { $0["payload"]?["is_error"] } == [true, true])
    }
    #expect(models.violations.isEmpty)
    await models.stop()
  }

  @Test("several calls at once are all answered, in their order", arguments: ModelFaultTests.dialects)
  func severalCalls(dialect: String) async throws {
    let models = try await FakeModelServer.start()
    let calls = (1...5).map {
      FakeReply.Piece.call(id: "call_\($0)", name: "calculator", arguments: #"{"expression":"\#($0)*10"}"#)
    }
    models.enqueue(FakeReply(calls), .text("done"))
    try await GatewayHarness.run(models: models, dialect: dialect) { gateway in
      let client = try await gateway.connect()
      #expect(try await client.call("chat.send", ["message": "five"])["content"] == "done")
      let names = client.events.names
      #expect(names.firstIndex(of: "tool.result") ?? 0 > names.lastIndex(of: "tool.call") ?? 99)
      #expect(names.count { $0 == "tool.call" } == 5)
      #expect(names.count { $0 == "tool.result" } == 5)
    }
    #expect(models.requests.last?.lastToolResults == ["10", "20", "30", "40", "50"])
    #expect(models.violations.isEmpty)
    await models.stop()
  }
}
