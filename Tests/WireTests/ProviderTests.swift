import ClawJSON
import ClawTesting
import Foundation
import NIOHTTP1
import Testing

/// Providers that tenants set up for themselves, over the wire.
@Suite("Providers by tenant", .timeLimit(.minutes(10)))
struct ProviderTests {
  static let key = "tenant-provider-key-0123456789"

  /// A gateway with its own provider `openai`, and another model server for use by tenants.
  struct Stage: Sendable {
    let gateway: GatewayHarness
    let gateways: FakeModelServer
    let tenants: FakeModelServer

    static func run(
      in directory: TemporaryDirectory? = nil, environment: [String: String] = [:],
      _ body: @escaping @Sendable (Stage) async throws -> Void
    ) async throws {
      let (gateways, tenants) = (try await FakeModelServer.start(), try await FakeModelServer.start())
      let settings = ["SWIFTCLAW_MODELS_TENANT_PRIVATE_ADDRESSES": "true", "SWIFTCLAW_MODELS_RETRY_ATTEMPTS": "1"]
      try await GatewayHarness.run(
        in: directory, models: gateways, environment: settings.merging(environment) { $1 }
      ) { gateway in
        for tenant in ["a", "b"] {
          let answer = try await HTTPCaller(gateway).send(.POST, "/v1/tenants", body: "{\"id\":\"\(tenant)\"}")
          #expect(answer.status == 201, "\(answer.text)")
        }
        try await body(Stage(gateway: gateway, gateways: gateways, tenants: tenants))
      }
      await gateways.stop()
      await tenants.stop()
    }

    /// The gateway's operator, acting in a tenant.
    func admin(_ tenant: String) -> HTTPCaller {
      HTTPCaller(gateway, headers: [("X-SwiftClaw-Tenant", tenant)])
    }

    func socket(_ tenant: String) async throws -> WireConnection {
      let key = try await APIKeyTests.make(admin(tenant), ["role": "admin"])
      return try await .connect(port: gateway.port, token: try APIKeyTests.secret(key), user: "ann")
    }

    /// Sets up the provider `mine` of a tenant.
    func add(to tenant: String, _ members: JSONObject = [:]) async throws {
      let body: JSONObject = ["name": "mine", "api_base": .string(tenants.url), "api_key": .string(ProviderTests.key)]
      let all = JSONValue.object(body.merging(members) { $1 })
      let answer = try await admin(tenant).send(.POST, "/v1/providers", body: all.serializedString())
      #expect(answer.status == 201, "\(answer.text)")
    }

    /// Keys sent to the tenant's server, in order.
    var sentKeys: [String] {
      tenants.requests.map { $0.headers["authorization"]?.replacing("Bearer ", with: "") ?? "" }
    }
  }

  private static func say(_ socket: WireConnection, _ model: String) async throws -> JSONValue {
    try await socket.call("chat.send", ["message": "hello", "model": .string(model)])
  }

  private static func refusal(_ socket: WireConnection, _ model: String) async throws -> JSONValue {
    try await socket.failure("chat.send", ["message": "hello", "model": .string(model)])
  }

  @Test("a provider whose address is no longer allowed can be disabled and renamed, and is enabled only once it is")
  func disallowed() async throws {
    let (directory, models) = (try TemporaryDirectory(), try await FakeModelServer.start())
    let allowed = ["SWIFTCLAW_MODELS_TENANT_PRIVATE_ADDRESSES": "true"]
    try await GatewayHarness.run(in: directory, models: models, environment: allowed) { gateway in
      let added = try await HTTPCaller(gateway).send(
        .POST, "/v1/providers", body: "{\"name\":\"mine\",\"api_base\":\"\(models.url)\"}")
      #expect(added.status == 201, "\(added.text)")
    }
    try await GatewayHarness.run(in: directory, models: models) { gateway in
      let caller = HTTPCaller(gateway)
      for (body, status) in [
        (#"{"enabled":false}"#, 200), (#"{"display_name":"old"}"#, 200), (#"{"enabled":true}"#, 400),
      ] {
        let answer = try await caller.send(.PATCH, "/v1/providers/mine", body: body)
        #expect(Int(answer.status) == status, "\(body): \(answer.text)")
      }
    }
    await models.stop()
  }

  @Test("a provider of one tenant answers its next run, and no other tenant sees it, finds it or can use it")
  func isolation() async throws {
    try await Stage.run { stage in
      let (a, b) = (try await stage.socket("a"), try await stage.socket("b"))
      let before = try await b.call("models.list")
      #expect(try await Self.refusal(a, "mine/fake-large")["code"] == "NOT_FOUND")
      try await stage.add(to: "a", ["models": ["fake-rare"], "default_model": "fake-large"])
      for model in ["mine/fake-large", "mine", "fake-rare"] {
        #expect(try await Self.say(a, model)["status"] == "completed", "\(model)")
      }
      #expect(stage.sentKeys == Array(repeating: Self.key, count: 3) && stage.gateways.requests.isEmpty)
      #expect(stage.tenants.requests.map(\.model) == ["fake-large", "fake-large", "fake-rare"])
      let listed = try await a.call("models.list", ["provider": "mine"])["models"]?.arrayValue
      #expect(listed?.first?["id"] == "mine/fake-small" && listed?.count == 2)
      #expect(try await stage.admin("a").get("/v1/models").text.contains("mine/fake-small"))
      // Everything that another tenant can see, and how it fails for an unknown name.
      #expect(try await b.call("models.list") == before)
      #expect(!(try await stage.admin("b").get("/v1/models").text.contains("mine/")))
      #expect(try await stage.admin("b").get("/v1/models/mine%2Ffake-small").status == 404)
      #expect(try await stage.admin("b").get("/v1/providers").json["providers"] == [])
      for (theirs, nobodys) in [("mine/fake-large", "none/fake-large"), ("fake-rare", "fake-none")] {
        let told = try await Self.refusal(b, theirs)["message"]?.stringValue?.replacing(theirs, with: "…")
        let known = try await Self.refusal(b, nobodys)["message"]?.stringValue?.replacing(nobodys, with: "…")
        #expect(told == known && told != nil)
      }
      let refused = try await b.failure("models.list", ["provider": "mine"])
      #expect(refused["code"] == "NOT_FOUND")
      let agent = try await b.failure("agents.create", ["name": "x", "models": ["mine/fake-large"]])
      #expect(agent["code"] == "INVALID_REQUEST")
      let body = #"{"model":"mine/fake-large","messages":[{"role":"user","content":"hello"}]}"#
      #expect(try await stage.admin("b").send(.POST, "/v1/chat/completions", body: body).status == 404)
      #expect(try await stage.admin("a").send(.POST, "/v1/chat/completions", body: body).status == 200)
      #expect(stage.sentKeys.count == 4)
    }
  }

  @Test("a key goes in and never comes out: not by a list, an export, an error, the log, or the file of the database")
  func writeOnly() async throws {
    let directory = try TemporaryDirectory()
    try await Stage.run(in: directory) { stage in
      try await stage.add(to: "a")
      let admin = stage.admin("a")
      let one = try await admin.get("/v1/providers/mine")
      #expect(one.json["api_key"] == "***" && one["etag"] == "\"1\"")
      let list = try await admin.get("/v1/providers").text
      let export = try await HTTPCaller(stage.gateway).get("/v1/tenants/a/export").text
      #expect(export.contains("\"mine\"") && list.contains("\"mine\""))
      // A provider that repeats the key in its error.
      stage.tenants.enqueue(.status(400, body: #"{"error":{"message":"bad key \#(Self.key) here"}}"#))
      let socket = try await stage.socket("a")
      let failure = try await socket.failure("chat.send", ["message": "hello", "model": "mine/fake-large"])
      let told = [one.text, list, export, failure.serializedString()] + stage.gateway.log.lines
      #expect(!told.contains { $0.contains(Self.key) })
      // Tools of the tenant do not show it either.
      stage.tenants.enqueue(.call("calculator", ["expression": .string(Self.key)]), .text("done"))
      _ = try await Self.say(socket, "mine/fake-large")
      let history = try await socket.call("chat.history", ["sessionKey": "agent:default:ws:main"])
      #expect(history.serializedString().contains("***") && !history.serializedString().contains(Self.key))
    }
    for file in try FileManager.default.contentsOfDirectory(atPath: directory.path) {
      let data = FileManager.default.contents(atPath: directory.path + "/" + file) ?? Data()
      #expect(data.range(of: Data(Self.key.utf8)) == nil, "\(file)")
    }
  }

  @Test(
    "a change counts with the next run; what is sent back masked stays; unknown fields and old revisions are refused")
  func changes() async throws {
    try await Stage.run { stage in
      let (admin, socket) = (stage.admin("a"), try await stage.socket("a"))
      try await stage.add(to: "a")
      stage.tenants.accept(keys: ["new-key-0123456789"])
      let wrong = try await Self.refusal(socket, "mine/fake-large")
      #expect(wrong["message"]?.stringValue?.contains("refused its key") == true, "\(wrong)")
      let changed = try await admin.send(.PUT, "/v1/providers/mine", body: #"{"api_key":"new-key-0123456789"}"#)
      #expect(changed.status == 200 && changed["etag"] == "\"2\"", "\(changed.text)")
      #expect(try await Self.say(socket, "mine/fake-large")["status"] == "completed")
      let masked = try await admin.send(
        .PATCH, "/v1/providers/mine", body: #"{"api_key":"***","display_name":"Ours"}"#, [("If-Match", "\"2\"")])
      #expect(masked.status == 200 && masked.json["display_name"] == "Ours" && masked.json["api_key"] == "***")
      #expect(try await Self.say(socket, "mine/fake-large")["status"] == "completed")
      let old = try await admin.send(.PUT, "/v1/providers/mine", body: #"{"enabled":false}"#, [("If-Match", "\"2\"")])
      #expect(old.status == 412)
      for body in [
        #"{"name":"other"}"#, #"{"tenant":"b"}"#, #"{"provider_type":"other"}"#, #"{"api_base":"ftp://x.example"}"#,
        #"{"api_base":"https://user:pass@x.example/v1","api_key":"k"}"#, #"{"api_key":"two words"}"#,
        // The stored key would be sent to another server.
        #"{"api_base":"https://x.example/v1"}"#,
      ] {
        #expect(try await admin.send(.PUT, "/v1/providers/mine", body: body).status == 400, "\(body)")
      }
      #expect(try await admin.send(.PUT, "/v1/providers/mine", body: #"{"enabled":false}"#).status == 200)
      #expect(try await Self.refusal(socket, "mine/fake-large")["code"] == "NOT_FOUND")
      for name in ["Mine", "-mine", "my_own", "", "a/b"] {
        let body: JSONValue = ["name": .string(name), "api_base": .string(stage.tenants.url)]
        #expect(
          try await admin.send(.POST, "/v1/providers", body: body.serializedString()).status == 400, "\(name)")
      }
    }
  }

  @Test("runs that were accepted before their provider was removed end with an error that says so")
  func removal() async throws {
    try await Stage.run { stage in
      let socket = try await stage.socket("a")
      try await stage.add(to: "a")
      let gate = FakeGate()
      stage.tenants.enqueue(.text("one two").stalling(after: 1, gate))
      let first = try await socket.call(
        "chat.send", ["message": "hello", "model": "mine/fake-large", "wait": false])
      await stage.tenants.received(1)
      let second = socket.request("chat.send", ["message": "and?", "model": "mine/fake-large"])
      while try await socket.call("sessions.list")["sessions"]?[0]?["messageCount"] == 0 {}
      #expect(first["runId"] != nil)
      #expect(try await stage.admin("a").send(.DELETE, "/v1/providers/mine").status == 204)
      #expect(try await stage.admin("a").send(.DELETE, "/v1/providers/mine").status == 404)
      gate.open()
      let answer = try await socket.response(to: second)
      let message = answer["error"]?["message"]?.stringValue ?? ""
      #expect(message.hasPrefix("provider mine is not configured"), "\(answer)")
      #expect(stage.tenants.requests.count == 1 && stage.gateways.requests.isEmpty)
    }
  }

  @Test("with a key of its own for the gateway's provider a tenant uses that key, at the gateway's address alone")
  func ownKey() async throws {
    try await Stage.run { stage in
      let (a, b) = (try await stage.socket("a"), try await stage.socket("b"))
      let admin = stage.admin("a")
      let stolen: JSONValue = ["name": "openai", "api_base": .string(stage.tenants.url)]
      #expect(try await admin.send(.POST, "/v1/providers", body: stolen.serializedString()).status == 400)
      let kind = #"{"name":"openai","api_key":"k","provider_type":"anthropic_native"}"#
      #expect(try await admin.send(.POST, "/v1/providers", body: kind).status == 400)
      let own = try await admin.send(.POST, "/v1/providers", body: #"{"name":"openai","api_key":"key-of-a"}"#)
      #expect(own.status == 201, "\(own.text)")
      #expect(try await admin.send(.PUT, "/v1/providers/openai", body: stolen.serializedString()).status == 400)
      let moved: JSONValue = ["api_base": .string(stage.tenants.url), "api_key": "key-of-a"]
      #expect(try await admin.send(.PUT, "/v1/providers/openai", body: moved.serializedString()).status == 400)
      for socket in [a, b] {
        #expect(try await socket.call("chat.send", ["message": "hello"])["status"] == "completed")
      }
      let keys = stage.gateways.requests.map { $0.headers["authorization"] }
      #expect(keys == ["Bearer key-of-a", "Bearer test-key-of-the-provider-42"])
      #expect(stage.tenants.requests.isEmpty && stage.tenants.listRequests.isEmpty)
    }
  }

  @Test("what fails for one tenant is tried first for another, also at the gateway's own provider")
  func cooldowns() async throws {
    try await Stage.run { stage in
      for tenant in ["a", "b"] { try await stage.add(to: tenant) }
      var sockets: [WireConnection] = []
      for tenant in ["a", "b"] { sockets.append(try await stage.socket(tenant)) }
      let servers = [("openai/fake-large", stage.gateways), ("mine/fake-large", stage.tenants)]
      for (model, server) in servers {
        for socket in sockets {
          let agent = try await socket.call(
            "agents.create", ["name": .string(model.prefix(4) + "x"), "models": [.string(model), "demo/demo"]])
          #expect(agent["agentId"] != nil)
        }
        let session: JSONValue = .string("agent:\(model.prefix(4))x:ws:main")
        let agent: JSONValue = .string(model.prefix(4) + "x")
        func say(_ socket: WireConnection) async throws -> JSONValue {
          try await socket.call("chat.send", ["message": "hello", "agentId": agent, "sessionKey": session])
        }
        server.enqueue(.rateLimited(retryAfter: "30"))
        let before = server.requests.count
        _ = try await say(sockets[0])
        #expect(server.requests.count == before + 1)
        // Its priority is last now, and the demo model answers before it.
        _ = try await say(sockets[0])
        #expect(server.requests.count == before + 1)
        #expect(try await say(sockets[1])["content"]?.stringValue?.hasPrefix("echo") == true)
        #expect(server.requests.count == before + 2)
      }
    }
  }

  @Test("a test asks one question and tells what came of it; the list of models is the provider's own")
  func trial() async throws {
    try await Stage.run { stage in
      let admin = stage.admin("a")
      try await stage.add(to: "a", ["default_model": "fake-large"])
      let good = try await admin.send(.POST, "/v1/providers/mine/test")
      #expect(good.status == 200 && good.json["ok"] == true && good.json["model"] == "mine/fake-large", "\(good.text)")
      stage.tenants.accept(keys: ["another"])
      let bad = try await admin.send(.POST, "/v1/providers/mine/test", body: #"{"model":"fake-small"}"#)
      #expect(bad.status == 200 && bad.json["ok"] == false && bad.json["error"]?["code"] == "FAILED_PRECONDITION")
      #expect(!bad.text.contains(Self.key))
      #expect(try await admin.get("/v1/providers/mine/models").json["error"]?.stringValue?.isEmpty == false)
      stage.tenants.accept(keys: nil)
      let models = try await admin.get("/v1/providers/mine/models").json["models"]?.arrayValue
      #expect(models?.compactMap { $0["id"]?.stringValue } == ["mine/fake-small", "mine/fake-large"])
      for path in ["/test", "/models"] {
        let method: HTTPMethod = path == "/test" ? .POST : .GET
        #expect(try await stage.admin("b").send(method, "/v1/providers/mine" + path).status == 404)
      }
      for index in 0..<3 {
        let body = "{\"name\":\"p\(index)\",\"api_base\":\"https://x.example/v1\"}"
        #expect(try await admin.send(.POST, "/v1/providers", body: body).status == 201)
      }
      let page = try await admin.get("/v1/providers?limit=2").json
      #expect(page["providers"]?.arrayValue?.count == 2 && page["next_cursor"] == "p0")
      let rest = try await admin.get("/v1/providers?limit=2&cursor=p0").json
      #expect(rest["providers"]?[0]?["name"] == "p1" && rest["next_cursor"] == nil)
    }
  }

  private static let privateAddresses = [
    "http://127.0.0.1:9/v1", "http://127.1/v1", "http://0x7f000001/v1", "http://2130706433/v1", "http://localhost/v1",
    "http://a.localhost/v1", "http://10.0.0.1/v1", "http://169.254.169.254/v1", "http://[::1]/v1",
    "http://[::ffff:10.0.0.1]/v1", "http://[fe80::1]/v1", "http://[fd00::1]/v1", "http://198.18.0.1/v1",
    "http://intranet/v1", "http://metadata.google.internal/v1", "file:///etc/passwd", "http:///v1", "",
  ]

  @Test("S21: a tenant's provider can't use private addresses unless the operator allows it")
  func addresses() async throws {
    try await Stage.run(environment: ["SWIFTCLAW_MODELS_TENANT_PRIVATE_ADDRESSES": "false"]) { stage in
      for address in Self.privateAddresses {
        let body: JSONValue = ["name": "mine", "api_base": .string(address)]
        let answer = try await stage.admin("a").send(.POST, "/v1/providers", body: body.serializedString())
        #expect(answer.status == 400 && answer.text.contains("api_base"), "\(address): \(answer.text)")
      }
      let preset = try await stage.admin("a").send(.POST, "/v1/providers", body: #"{"name":"ollama"}"#)
      #expect(preset.status == 400, "\(preset.text)")
      let vendor = try await stage.admin("a").send(.POST, "/v1/providers", body: #"{"name":"groq","api_key":"k"}"#)
      #expect(vendor.status == 201, "\(vendor.text)")
    }
  }
}
