import ClawJSON
import ClawTesting
import ClawWebSocket
import Testing

extension NodeTests {
  @Suite("Pairing and revocation on every node")
  struct AccessTests {
    @Test("a device that waits on one node is decided upon on another, and revoked there", arguments: News.allCases)
    func pairing(news: News) async throws {
      try await Pair.run(news) { nodes in
        let admin = try await nodes.first.connect()
        let other = try await nodes.second.connect()
        let device = try await WireConnection.open(port: nodes.second.port)
        let answer = try await device.call("connect", ["user_id": "alice"])
        let code = try #require(answer["code"]?.stringValue ?? answer["pairing_code"]?.stringValue)
        let sender = try #require(answer["sender_id"])
        let approved = try await admin.call("device.pair.approve", ["code": .string(code)])
        #expect(try await device.event()["payload"]?["decision"] == "approved")
        #expect(try await other.events(through: "device.pair.resolved").last?["payload"]?["decision"] == "approved")
        #expect(try await device.call("connect", ["sender_id": sender])["role"] == "operator")
        let id = try #require(approved["paired"]?["device_id"])
        _ = try await admin.call("device.pair.revoke", ["deviceId": id])
        #expect(await device.end().code == .policyViolation)
        let stranger = try await WireConnection.open(port: nodes.first.port)
        #expect(try await stranger.failure("connect", ["sender_id": sender])["code"] == "UNAUTHORIZED")
      }
    }

    @Test("an admin on another node hears of a device that asks, once", arguments: News.allCases)
    func announcing(news: News) async throws {
      try await Pair.run(news) { nodes in
        let admins = [try await nodes.first.connect(), try await nodes.second.connect()]
        for _ in 0..<3 {
          let device = try await WireConnection.open(port: nodes.second.port)
          let answer = try await device.call("connect", ["user_id": "alice"])
          let id = answer["device_id"]
          #expect(try await admins[1].event()["event"] == "device.pair.requested")
          let told = try await admins[0].event()
          #expect(told["event"] == "device.pair.requested")
          #expect(id == nil || told["payload"]?["device_id"] == id)
        }
      }
    }

    @Test("S9: a key that is revoked on one node closes its sockets on all", arguments: News.allCases)
    func revoking(news: News) async throws {
      try await Pair.run(news) { nodes in
        let made = try await Self.http(
          nodes.first, "POST", "/v1/api-keys", #"{"name":"test","role":"operator","user_id":"alice"}"#)
        let secret = try #require(made["key"]?.stringValue)
        let socket = try await WireConnection.connect(port: nodes.second.port, token: secret)
        #expect(try await socket.call("chat.send", ["message": "hello"])["status"] == "completed")
        let id = try #require(made["id"]?.stringValue)
        _ = try await Self.http(nodes.first, "DELETE", "/v1/api-keys/\(id)", nil)
        #expect(await socket.end().code == .policyViolation)
        let again = try await WireConnection.open(port: nodes.second.port)
        #expect(try await again.failure("connect", ["token": .string(secret)])["code"] == "UNAUTHORIZED")
      }
    }

    static func http(
      _ gateway: GatewayHarness, _ method: String, _ path: String, _ body: String?
    ) async throws -> JSONValue {
      let text = body ?? ""
      let answer = try await RawHTTP.send(
        port: gateway.port,
        "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(gateway.token)\r\nConnection: close\r\n"
          + "Content-Type: application/json\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)")
      #expect(answer.status < 300, "\(answer.body)")
      return (try? JSONValue(parsing: answer.body)) ?? .null
    }
  }
}
