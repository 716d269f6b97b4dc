import ClawCommands
import ClawJSON
import ClawTesting
import NIOHTTP1
import Testing

@Suite("Tenants apart from each other", .timeLimit(.minutes(10)))
struct TenantTests {
  private static func add(_ gateway: GatewayHarness, _ id: String) async throws {
    let body: JSONValue = ["id": .string(id)]
    let answer = try await HTTPCaller(gateway).send(.POST, "/v1/tenants", body: body.serializedString())
    #expect(answer.status == 201, "\(answer.text)")
  }

  private static func connect(
    _ gateway: GatewayHarness, token: String? = nil, tenant: String? = nil, user: String? = nil
  ) async throws -> WireConnection {
    let connection = try await WireConnection.open(port: gateway.port)
    var params: JSONValue = ["token": .string(token ?? gateway.token)]
    params["tenant"] = tenant.map { .string($0) }
    params["user_id"] = user.map { .string($0) }
    _ = try await connection.call("connect", params)
    return connection
  }

  private static func caller(_ gateway: GatewayHarness, tenant: String) -> HTTPCaller {
    HTTPCaller(gateway, headers: [("X-SwiftClaw-Tenant", tenant)])
  }

  @Test("the gateway token makes tenants and names one; each has an agent and a folder of its own")
  func wholeWay() async throws {
    try await GatewayHarness.run { (gateway) async throws in
      let owner = HTTPCaller(gateway)
      try await Self.add(gateway, "acme")
      #expect(try await owner.send(.POST, "/v1/tenants", body: #"{"id":"acme"}"#).status == 409)
      for body in [#"{"id":"../x"}"#, #"{"id":""}"#, #"{"id":"a","status":"active"}"#, #"{}"#] {
        #expect(try await owner.send(.POST, "/v1/tenants", body: body).status == 400, "\(body)")
      }
      let list = try await owner.get("/v1/tenants?limit=1").json
      #expect(list["tenants"]?[0]?["id"] == "acme" && list["next_cursor"] == "acme")
      #expect(try await owner.get("/v1/tenants?cursor=acme").json["tenants"]?[0]?["id"] == "default")
      let socket = try await Self.connect(gateway, tenant: "acme")
      #expect(try await socket.call("chat.send", ["message": "hello"])["status"] == "completed")
      let agents = try await socket.call("agents.list")["agents"]?.arrayValue
      #expect(agents?.count == 1)
      #expect(agents?[0]["workspace"]?.stringValue?.contains("/@acme/default") == true, "\(String(describing: agents))")
      #expect(try await Self.caller(gateway, tenant: "acme").complete(HTTPCaller.body("hi")).status == 200)
      #expect(try await Self.caller(gateway, tenant: "none").get("/v1/models").status == 404)
      let stranger = try await WireConnection.open(port: gateway.port)
      let failure = try await stranger.failure("connect", ["token": .string(gateway.token), "tenant": "none"])
      #expect(failure["code"] == "NOT_FOUND")
      // Without a credential it is not disclosed which tenants exist.
      #expect(try await stranger.failure("connect", ["tenant": "none"])["code"] == "RESOURCE_EXHAUSTED")
    }
  }

  @Test("S10: nothing of a tenant is listed, read, resumed, guessed or changed from another")
  func apart() async throws {
    try await GatewayHarness.run { (gateway) async throws in
      try await Self.add(gateway, "a")
      try await Self.add(gateway, "b")
      let a = try await Self.connect(gateway, tenant: "a", user: "ann")
      let b = try await Self.connect(gateway, tenant: "b", user: "ann")
      let run = try await a.call("chat.send", ["message": "zebra secret", "sessionKey": "agent:default:plan"])
      let job = try await a.call(
        "cron.create",
        ["name": "zebra job", "message": "zebra secret", "schedule": ["kind": "every", "everyMs": 3_600_000]])["job"]
      _ = try await a.call("agents.create", ["name": "zebra-agent"])
      let key = try await APIKeyTests.make(Self.caller(gateway, tenant: "a"), ["role": "admin"])
      let id = key["id"]?.stringValue ?? ""
      #expect(
        try await Self.caller(gateway, tenant: "a").send(.POST, "/v1/users", body: #"{"id":"ann"}"#).status == 201)
      // The same names and user: nothing of the other tenant is visible.
      for method in ["sessions.list", "agents.list", "cron.list", "device.pair.list", "status"] {
        #expect(!(try await b.call(method).serializedString().contains("zebra")), "\(method)")
      }
      let history = try await b.call("chat.history", ["sessionKey": "agent:default:plan"])
      #expect(history["messages"]?.arrayValue?.isEmpty == true)
      #expect(try await b.subscribe(to: "agent:default:plan", after: 0)["headSeq"] == 0)
      for (method, params) in [
        ("sessions.delete", ["key": "agent:default:plan"]),
        ("sessions.label", ["key": "agent:default:plan", "label": "x"]),
        ("chat.abort", ["runId": run["runId"] ?? .null]), ("cron.delete", ["jobId": job?["id"] ?? .null]),
        ("cron.toggle", ["jobId": job?["id"] ?? .null, "enabled": false]), ("agent", ["agentId": "zebra-agent"]),
        ("agents.delete", ["agentId": "zebra-agent"]), ("chat.send", ["message": "x", "agentId": "zebra-agent"]),
      ] as [(String, JSONValue)] {
        #expect(try await b.failure(method, params)["code"] == "NOT_FOUND", "\(method)")
      }
      let other = Self.caller(gateway, tenant: "b")
      for path in ["/v1/api-keys/\(id)", "/v1/users/ann"] {
        #expect(try await other.get(path).status == 404)
        #expect(try await other.send(.PATCH, path, body: #"{"name":"x"}"#).status == 404)
      }
      #expect(try await other.send(.DELETE, "/v1/api-keys/\(id)").status == 404)
      #expect(try await other.get("/v1/users/ann/export").text == "")
      _ = try await b.call("health")
      #expect(b.events.isEmpty)
      // A tenant's admin is not the gateway's operator.
      let admin = APIKeyTests.caller(gateway, try APIKeyTests.secret(key))
      for (method, path) in [(.GET, "/v1/tenants"), (.DELETE, "/v1/tenants/b"), (.GET, "/v1/tenants/a/export")]
        as [(HTTPMethod, String)]
      {
        #expect(try await admin.send(method, path).status == 403, "\(path)")
      }
    }
  }

  @Test("a suspended tenant lets nobody in and its sockets end; it comes back as it was")
  func suspended() async throws {
    try await GatewayHarness.run { (gateway) async throws in
      try await Self.add(gateway, "acme")
      let secret = try APIKeyTests.secret(try await APIKeyTests.make(Self.caller(gateway, tenant: "acme")))
      let socket = try await Self.connect(gateway, token: secret)
      _ = try await socket.call("chat.send", ["message": "hello"])
      let owner = HTTPCaller(gateway)
      let change = try await owner.send(.PATCH, "/v1/tenants/acme", body: #"{"status":"suspended"}"#)
      #expect(change.status == 200 && change.json["status"] == "suspended" && change["etag"] == "\"2\"")
      #expect(await socket.end().code == .policyViolation)
      #expect(try await APIKeyTests.caller(gateway, secret).get("/v1/models").status == 403)
      #expect(try await Self.caller(gateway, tenant: "acme").get("/v1/models").status == 403)
      #expect(try await owner.send(.PATCH, "/v1/tenants/acme", body: #"{"status":"active"}"#).status == 200)
      let again = try await Self.connect(gateway, token: secret)
      let history = try await again.call("chat.history", ["sessionKey": "agent:default:ws:main"])
      #expect(history["messages"]?.arrayValue?.count == 2)
      #expect(try await owner.send(.PATCH, "/v1/tenants/default", body: #"{"status":"suspended"}"#).status == 400)
      #expect(try await owner.send(.DELETE, "/v1/tenants/default").status == 400)
    }
  }

  @Test("a user's entry bounds what is bound to them, and switching them off ends their sockets")
  func users() async throws {
    try await GatewayHarness.run { (gateway) async throws in
      let owner = HTTPCaller(gateway)
      let secret = try APIKeyTests.secret(
        try await APIKeyTests.make(owner, ["role": "operator", "user_id": "bob"]))
      let before = try await Self.connect(gateway, token: secret)
      #expect(try await owner.send(.POST, "/v1/users", body: #"{"id":"bob","role":"viewer"}"#).status == 201)
      // It now grants another role, so it has to connect again.
      #expect(await before.end().code == .policyViolation)
      let socket = try await WireConnection.open(port: gateway.port)
      #expect(try await socket.call("connect", ["token": .string(secret)])["role"] == "viewer")
      let change = try await owner.send(
        .PATCH, "/v1/users/bob", body: #"{"disabled":true}"#, [("If-Match", "\"1\"")])
      #expect(change.status == 200 && change.json["disabled"] == true)
      #expect(await socket.end().code == .policyViolation)
      #expect(try await APIKeyTests.caller(gateway, secret).get("/v1/models").status == 403)
      #expect(try await HTTPCaller(gateway, headers: [("X-SwiftClaw-User-Id", "bob")]).get("/v1/models").status == 403)
      #expect(try await owner.send(.PATCH, "/v1/users/bob", body: #"{"id":"x"}"#).status == 400)
      #expect(try await owner.send(.PATCH, "/v1/users/bob", body: #"{"role":"root"}"#).status == 400)
    }
  }

  @Test("S36: an erased user has nothing left; their export had it all")
  func erasedUser() async throws {
    try await GatewayHarness.run { (gateway) async throws in
      let owner = HTTPCaller(gateway)
      let secret = try APIKeyTests.secret(try await APIKeyTests.make(owner, ["user_id": "ann"]))
      let socket = try await Self.connect(gateway, token: secret)
      _ = try await socket.call("chat.send", ["message": "the words of ann"])
      let bob = try await gateway.connect(user: "bob")
      _ = try await bob.call("chat.send", ["message": "the words of bob"])
      let export = try await owner.get("/v1/users/ann/export").text
      #expect(export.contains("the words of ann") && !export.contains("bob"))
      #expect(export.split(separator: "\n").allSatisfy { (try? JSONValue(parsing: String($0))) != nil })
      #expect(try await owner.send(.DELETE, "/v1/users/ann").status == 204)
      #expect(await socket.end().code == .policyViolation)
      #expect(try await APIKeyTests.caller(gateway, secret).get("/v1/models").status == 401)
      #expect(try await owner.get("/v1/users/ann/export").text == "")
      let whole = try await owner.get("/v1/tenants/default/export").text
      #expect(whole.contains("the words of bob") && !whole.contains("the words of ann"))
    }
  }

  @Test("S36: an erased tenant is gone with what goes on in it; one of its name begins anew")
  func erasedTenant() async throws {
    let models = try await FakeModelServer.start()
    let gate = FakeGate()
    models.enqueue(FakeReply.text("one two").stalling(after: 1, gate))
    try await GatewayHarness.run(models: models) { (gateway) async throws in
      try await Self.add(gateway, "acme")
      let secret = try APIKeyTests.secret(try await APIKeyTests.make(Self.caller(gateway, tenant: "acme")))
      let socket = try await Self.connect(gateway, token: secret)
      socket.request("chat.send", ["message": "hello"])
      _ = try await socket.events(through: "chunk")
      #expect(try await HTTPCaller(gateway).send(.DELETE, "/v1/tenants/acme").status == 204)
      #expect(await socket.end().code == .policyViolation)
      gate.open()
      #expect(try await APIKeyTests.caller(gateway, secret).get("/v1/models").status == 401)
      #expect(try await HTTPCaller(gateway).get("/v1/tenants/acme").status == 404)
      try await Self.add(gateway, "acme")
      let anew = try await Self.connect(gateway, tenant: "acme")
      #expect(try await anew.call("sessions.list")["sessions"]?.arrayValue?.isEmpty == true)
      #expect(try await anew.call("chat.send", ["message": "hello"])["status"] == "completed")
    }
    await models.stop()
  }
}
