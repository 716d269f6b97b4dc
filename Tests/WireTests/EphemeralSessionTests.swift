import ClawCommands
import ClawJSON
import ClawTesting
import Testing

@Suite("HTTP calls that leave nothing behind")
struct EphemeralSessionTests {
  @Test("calls without a session, or with store false, are in no list and no count; those with one are")
  func lists() async throws {
    let models = try await FakeModelServer.start()
    try await GatewayHarness.run(models: models) { gateway in
      let client = try await gateway.connect()
      let (plain, named) = (
        HTTPCaller(gateway), HTTPCaller(gateway, headers: [("X-SwiftClaw-Session", "agent:default:notes")])
      )
      for members in [[:], ["store": false], ["store": true], ["stream": true]] as [JSONObject] {
        #expect(try await plain.complete(HTTPCaller.body("m", members)).status == 200)
      }
      let other = HTTPCaller(gateway, headers: [("X-SwiftClaw-Session", "agent:default:other")])
      #expect(try await other.complete(HTTPCaller.body("m", ["store": false])).status == 200)
      #expect(try await client.call("sessions.list")["sessions"] == [])
      #expect(try await client.call("status")["sessions"] == 0)
      #expect(try await named.complete(HTTPCaller.body("m")).status == 200)
      let listed = try await client.call("sessions.list")["sessions"]?.arrayValue
      #expect(listed?.compactMap { $0["key"]?.stringValue } == ["agent:default:notes"])
      let late = try await named.complete(HTTPCaller.body("m", ["store": false]))
      #expect(late.status == 412)
      #expect(late.json["error"]?["param"] == "store")
    }
    await models.stop()
  }

  @Test("Idempotency-Key with other sampling, model or instructions is 409")
  func fingerprint() async throws {
    let models = try await FakeModelServer.start()
    try await GatewayHarness.run(models: models) { gateway in
      let caller = HTTPCaller(
        gateway, headers: [("Idempotency-Key", "k"), ("X-SwiftClaw-Session", "agent:default:notes")])
      #expect(try await caller.complete(HTTPCaller.body("m")).status == 200)
      #expect(try await caller.complete(HTTPCaller.body("m")).status == 200)
      for members in [["temperature": 0.5], ["model": "openai/fake-small"], ["seed": 1]] as [JSONObject] {
        #expect(try await caller.complete(HTTPCaller.body("m", members)).status == 409, "\(members)")
      }
      let instructed = try await caller.complete([
        "messages": [["role": "system", "content": "Be brief."], ["role": "user", "content": "m"]]
      ])
      #expect(instructed.status == 409)
    }
    #expect(models.requests.count == 1)
    await models.stop()
  }

  @Test("a streamed and a whole answer of several rounds have the same text", arguments: ModelFaultTests.dialects)
  func rounds(dialect: String) async throws {
    let models = try await FakeModelServer.start()
    models.respond { request in
      guard request.lastToolResults.isEmpty else { return .text("It is 84.") }
      return FakeReply([
        .text("Let me "), .text("see."), .call(id: "call_1", name: "calculator", arguments: #"{"expression":"12*7"}"#),
      ])
    }
    try await GatewayHarness.run(models: models, dialect: dialect) { gateway in
      let caller = HTTPCaller(gateway)
      let whole = try await caller.complete(HTTPCaller.body("12*7?"))
      #expect(whole.json["choices"]?[0]?["message"]?["content"] == "Let me see.\n\nIt is 84.")
      let streamed = try await caller.complete(HTTPCaller.body("12*7?", ["stream": true]))
      let deltas = streamed.data.compactMap {
        (try? JSONValue(parsing: $0))?["choices"]?[0]?["delta"]?["content"]?.stringValue
      }
      #expect(deltas.joined() == "Let me see.\n\nIt is 84.")
    }
    await models.stop()
  }
}
