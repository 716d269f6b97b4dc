import ClawJSON
import ClawTesting
import Testing

extension NodeTests {
  @Suite("Providers of tenants on every node")
  struct ProviderTests {
    @Test(
      "a provider that is added, given another key or removed on one node counts on the others with the next run",
      arguments: News.allCases)
    func everywhere(_ news: News) async throws {
      let (gateways, tenants) = (try await FakeModelServer.start(), try await FakeModelServer.start())
      let environment = ["SWIFTCLAW_MODELS_TENANT_PRIVATE_ADDRESSES": "true"]
      try await Pair.run(news, models: gateways, environment: environment) { nodes in
        let (here, there) = (try await nodes.first.connect(), try await nodes.second.connect(user: "bob"))
        // Both have cached the tenant's models by now.
        for client in [here, there] { _ = try await client.call("chat.send", ["message": "hello"]) }
        tenants.accept(keys: ["first-key"])
        let added: JSONValue = ["name": "mine", "api_base": .string(tenants.url), "api_key": "first-key"]
        #expect(try await Self.send(nodes.first, "POST", "/v1/providers", added) == 201)
        #expect(try await Self.say(there)["status"] == "completed")
        #expect(try await Self.say(here)["status"] == "completed")
        tenants.accept(keys: ["second-key"])
        #expect(try await Self.send(nodes.second, "PUT", "/v1/providers/mine", ["api_key": "second-key"]) == 200)
        #expect(try await Self.say(here)["status"] == "completed")
        #expect(try await Self.say(there)["status"] == "completed")
        #expect(try await Self.send(nodes.first, "DELETE", "/v1/providers/mine", nil) == 204)
        // A node may use cached models until it learns of the change.
        while try await Self.isFound(there) {}
        #expect(try await !Self.isFound(here))
      }
      await gateways.stop()
      await tenants.stop()
    }

    @Test(
      "a tenant that is erased and made again finds none of its old providers on any node", arguments: News.allCases)
    func madeAgain(_ news: News) async throws {
      let (gateways, tenants) = (try await FakeModelServer.start(), try await FakeModelServer.start())
      let environment = ["SWIFTCLAW_MODELS_TENANT_PRIVATE_ADDRESSES": "true"]
      try await Pair.run(news, models: gateways, environment: environment) { nodes in
        tenants.accept(keys: ["first-key"])
        let added: JSONValue = ["name": "mine", "api_base": .string(tenants.url), "api_key": "first-key"]
        for turn in 0..<2 {
          #expect(try await Self.send(nodes.first, "POST", "/v1/tenants", ["id": "a"]) == 201)
          if turn == 0 { #expect(try await Self.send(nodes.first, "POST", "/v1/providers", added, tenant: "a") == 201) }
          if turn == 1 {
            while try await Self.lists(nodes.second) {}
            return
          }
          // The vendor's list is read in the background.
          while try await !Self.lists(nodes.second) {}
          #expect(try await Self.send(nodes.first, "DELETE", "/v1/tenants/a", nil) == 204)
        }
      }
      await gateways.stop()
      await tenants.stop()
    }

    private static func say(_ client: WireConnection) async throws -> JSONValue {
      try await client.call("chat.send", ["message": "hello", "model": "mine/fake-large"])
    }

    private static func isFound(_ client: WireConnection) async throws -> Bool {
      let id = client.request("chat.send", ["message": "hello", "model": "mine/fake-large"])
      return try await client.response(to: id)["ok"] == true
    }

    private static func lists(_ gateway: GatewayHarness) async throws -> Bool {
      let answer = try await RawHTTP.send(
        port: gateway.port,
        "GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(gateway.token)\r\n"
          + "X-SwiftClaw-Tenant: a\r\nConnection: close\r\n\r\n")
      return answer.body.contains("mine/")
    }

    private static func send(
      _ gateway: GatewayHarness, _ method: String, _ path: String, _ body: JSONValue?, tenant: String = "default"
    ) async throws -> Int {
      let text = body?.serializedString() ?? ""
      let answer = try await RawHTTP.send(
        port: gateway.port,
        "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(gateway.token)\r\n"
          + "X-SwiftClaw-Tenant: \(tenant)\r\nConnection: close\r\nContent-Type: application/json\r\n"
          + "Content-Length: \(text.utf8.count)\r\n\r\n\(text)")
      return answer.status
    }
  }
}
