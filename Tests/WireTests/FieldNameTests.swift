import ClawJSON
import ClawTesting
import Testing

@Suite("Names of fields in errors")
struct FieldNameTests {
  private static let long = JSONValue.string(String(repeating: "x", count: 300))

  @Test("params of a method are named as the method calls them, and those of connect as connect does")
  func webSocket() async throws {
    try await GatewayHarness.run { gateway in
      let client = try await WireConnection.connect(port: gateway.port, token: gateway.token)
      let cases: [(String, JSONValue, String)] = [
        ("chat.send", ["message": "hi", "userId": Self.long], "params.userId must be 1 to 255 bytes"),
        ("chat.send", ["message": "hi", "sessionKey": "odd"], "params.sessionKey must have the form"),
        ("sessions.delete", ["key": "odd"], "params.key must have the form"),
        ("agents.create", ["name": "x", "models": ["no/such"]], "params.models names \"no/such\""),
        ("agents.create", ["name": ""], "params.name has no letters"),
        (
          "cron.create", ["name": "x", "message": "m", "schedule": ["kind": "every", "everyMs": 1]],
          "params.schedule.everyMs must be 1000"
        ),
        ("sessions.subscribe", ["sessionKey": "agent:default:x", "afterSeq": -1], "params.afterSeq must not"),
      ]
      for (method, params, start) in cases {
        let error = try await client.failure(method, params)
        #expect(error["code"] == "INVALID_REQUEST")
        #expect(error["message"]?.stringValue?.hasPrefix(start) == true, "\(method): \(error)")
      }
      let stranger = try await WireConnection.open(port: gateway.port)
      let refused = try await stranger.failure("connect", ["token": .string(gateway.token), "user_id": Self.long])
      #expect(refused["message"]?.stringValue?.hasPrefix("params.user_id must be") == true, "\(refused)")
    }
  }

  @Test("a body of HTTP is told of its own fields, and a completion of OpenAI's")
  func http() async throws {
    try await GatewayHarness.run { gateway in
      let caller = HTTPCaller(gateway)
      let key = try await caller.send(.POST, "/v1/api-keys", body: #"{"name":"k","expires_at":1}"#)
      #expect(key.json["error"]?["message"]?.stringValue?.hasPrefix("expires_at must be in the future") == true)
      let name = try await caller.send(.POST, "/v1/tenants", body: #"{"id":"t","name":""}"#)
      #expect(name.json["error"]?["message"]?.stringValue?.hasPrefix("name must be 1 to 200") == true)
      let completion = try await caller.complete(HTTPCaller.body("hi", ["user": Self.long]))
      let error = completion.json["error"]
      #expect(completion.status == 400 && error?["param"] == "user")
      #expect(error?["message"]?.stringValue?.hasPrefix("user must be 1 to 255 bytes") == true, "\(completion.text)")
    }
  }
}
