import ClawJSON
import ClawTesting
import Testing

extension NodeTests {
  @Suite("Secrets on every node")
  struct SecretTests {
    @Test("a secret that is set, replaced or removed on one node counts on the others with the next result")
    func everywhere() async throws {
      let models = try await FakeModelServer.start()
      try await Pair.run(.hints, models: models) { nodes in
        let (here, there) = (try await nodes.first.connect(), try await nodes.second.connect(user: "bob"))
        #expect(try await Self.result("123456", there, models) == "123456")
        try await Self.send(nodes.first, "PUT", #"{"value":"123456"}"#)
        #expect(try await Self.result("123456", there, models) == "***")
        #expect(try await Self.result("123456", here, models) == "***")
        try await Self.send(nodes.second, "PUT", #"{"value":"654321"}"#)
        #expect(try await Self.result("123456", here, models) == "123456")
        #expect(try await Self.result("654321", here, models) == "***")
        try await Self.send(nodes.first, "DELETE", "")
        #expect(try await Self.result("654321", there, models) == "654321")
      }
      await models.stop()
    }

    private static func result(
      _ number: String, _ client: WireConnection, _ models: FakeModelServer
    ) async throws -> String {
      models.enqueue(.call("calculator", ["expression": .string(number)]), .text("done"))
      _ = try await client.call("chat.send", ["message": "hello"])
      while try await client.event()["event"] != "tool.result" {}
      client.forgetEvents()
      let history = try await client.call("chat.history", ["sessionKey": "agent:default:ws:main"])
      let results = history["messages"]?.arrayValue?.filter { $0["role"] == "tool" }
      return results?.last?["content"]?.stringValue ?? "nothing"
    }

    private static func send(_ gateway: GatewayHarness, _ method: String, _ body: String) async throws {
      let answer = try await RawHTTP.send(
        port: gateway.port,
        "\(method) /v1/secrets/number HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(gateway.token)\r\n"
          + "Connection: close\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
      #expect(answer.status == 204, "\(answer.body)")
    }
  }
}
