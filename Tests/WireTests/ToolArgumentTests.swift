import ClawJSON
import ClawTesting
import Testing

@Suite("Arguments of tools over the wire")
struct ToolArgumentTests {
  @Test(
    "calls that do not fit a tool's schema come back to the model as errors that it can act on",
    arguments: ModelFaultTests.dialects)
  func refused(dialect: String) async throws {
    let models = try await FakeModelServer.start()
    models.enqueue(
      FakeReply([
        .call(id: "call_1", name: "calculator", arguments: #"{"expression":5,"digits":2}"#),
        .call(id: "call_2", name: "calculator", arguments: "{}"),
        .call(id: "call_3", name: "calculater", arguments: #"{"expression":"1+1"}"#),
        .call(id: "call_4", name: "calculator", arguments: #"{"expression":"1+1"}"#),
      ]), .text("2"))
    try await GatewayHarness.run(models: models, dialect: dialect) { gateway in
      let client = try await gateway.connect()
      #expect(try await client.call("chat.send", ["message": "1+1?"])["content"] == "2")
      let results = client.events.filter { $0["event"] == "tool.result" }
      #expect(results.count(where: { $0["payload"]?["is_error"] == true }) == 3)
    }
    let results = models.requests[1].lastToolResults
    #expect(results.count == 4)
    #expect(results[0].contains("digits is not known; there is expression"))
    #expect(results[0].contains("expression must be a string, not a number"))
    #expect(results[1].contains("expression is missing"))
    #expect(results[2].contains("there is no tool calculater; did you mean calculator?"))
    #expect(results[3] == "2")
    #expect(models.violations.isEmpty)
    await models.stop()
  }

  @Test(
    "of 1,000 calls in one answer 128 run, and each of the others is told to the model as an error",
    arguments: ModelFaultTests.dialects)
  func many(dialect: String) async throws {
    let models = try await FakeModelServer.start()
    let calls: [FakeReply.Piece] = (1...1000).map {
      .call(id: "call_\($0)", name: "calculator", arguments: #"{"expression":"1+1"}"#)
    }
    models.enqueue(FakeReply(calls), .text("done"))
    try await GatewayHarness.run(models: models, dialect: dialect) { gateway in
      let client = try await gateway.connect()
      #expect(try await client.call("chat.send", ["message": "count"])["content"] == "done")
    }
    let results = models.requests[1].lastToolResults
    #expect(results.count == 1000 && results.count(where: { $0 == "2" }) == 128)
    #expect(results.last?.contains("at most 128 calls") == true)
    #expect(models.violations.isEmpty)
    await models.stop()
  }
}
