import AsyncHTTPClient
import ClawCommands
import ClawCore
import ClawJSON
import ClawTesting
import Testing

@Suite("API keys", .timeLimit(.minutes(10)))
struct APIKeyTests {
  /// Creates a key and returns the whole response.
  static func make(_ caller: HTTPCaller, _ members: JSONObject = [:]) async throws -> JSONValue {
    let body = JSONValue.object((["name": "test"] as JSONObject).merging(members) { $1 })
    let answer = try await caller.send(.POST, "/v1/api-keys", body: body.serializedString())
    #expect(answer.status == 201, "\(answer.text)")
    return answer.json
  }

  static func secret(_ key: JSONValue) throws -> String { try #require(key["key"]?.stringValue) }

  static func caller(_ gateway: GatewayHarness, _ secret: String, _ more: [(String, String)] = []) -> HTTPCaller {
    .withoutCredential(gateway, headers: [("Authorization", "Bearer \(secret)")] + more)
  }

  @Test("a key is shown once, lets in over both entrances, and is kept as a hash")
  func wholeWay() async throws {
    try await GatewayHarness.run { (gateway) async throws in
      let owner = HTTPCaller(gateway)
      let key = try await Self.make(owner, ["role": "operator", "user_id": "alice"])
      let secret = try Self.secret(key)
      #expect(secret.wholeMatch(of: /sck_[0-9A-Za-z]{27,}/) != nil)
      let id = try #require(key["id"]?.stringValue)
      let shown = try await owner.get("/v1/api-keys/\(id)")
      #expect(shown.status == 200 && shown.json["key"] == nil && shown["etag"] == "\"1\"")
      #expect(!(try await owner.get("/v1/api-keys").text.contains(secret)))
      let socket = try await WireConnection.open(port: gateway.port)
      let success = try await socket.call("connect", ["token": .string(secret)])
      #expect(success["role"] == "operator" && success["user_id"] == "alice" && success["tenant"] == "default")
      #expect(try await socket.call("chat.send", ["message": "hello"])["status"] == "completed")
      #expect(try await socket.failure("logs.tail")["code"] == "FORBIDDEN")
      for header in [("Authorization", "bearer \(secret)"), ("x-api-key", secret)] {
        let answer = try await HTTPCaller.withoutCredential(gateway, headers: [header]).complete(
          HTTPCaller.body("hello"))
        #expect(answer.status == 200, "\(answer.text)")
      }
      #expect(try await Self.caller(gateway, secret).get("/v1/api-keys").status == 403)
      let used = try await owner.get("/v1/api-keys/\(id)")
      #expect(used.json["last_used_at"]?.intValue ?? 0 > 0)
      #expect(!gateway.log.lines.contains { $0.contains(secret) })
    }
  }

  @Test("the last use is written at most once a minute")
  func lastUse() async throws {
    let clock = MovableClock()
    try await GatewayHarness.run(time: clock.source) { (gateway) async throws in
      let owner = HTTPCaller(gateway)
      let key = try await Self.make(owner, ["role": "viewer"])
      let path = "/v1/api-keys/\(key["id"]?.stringValue ?? "")"
      let caller = Self.caller(gateway, try Self.secret(key))
      let first = clock.now.milliseconds
      for _ in 1...3 { #expect(try await caller.get("/v1/models").status == 200) }
      #expect(try await owner.get(path).json["last_used_at"] == .integer(first))
      clock.advance(by: .seconds(59))
      #expect(try await caller.get("/v1/models").status == 200)
      #expect(try await owner.get(path).json["last_used_at"] == .integer(first))
      clock.advance(by: .seconds(1))
      #expect(try await caller.get("/v1/models").status == 200)
      #expect(try await owner.get(path).json["last_used_at"] == .integer(first + 60_000))
    }
  }

  @Test("S6: a key that is malformed, unknown, expired or revoked is refused, and the socket closed")
  func wrongKeys() async throws {
    let clock = MovableClock()
    try await GatewayHarness.run(time: clock.source) { (gateway) async throws in
      let owner = HTTPCaller(gateway)
      let end = clock.now.milliseconds + 60_000
      let short = try Self.secret(try await Self.make(owner, ["expires_at": .integer(end)]))
      #expect(try await Self.caller(gateway, short).get("/v1/models").status == 200)
      let revoked = try await Self.make(owner)
      let id = revoked["id"]?.stringValue ?? ""
      #expect(try await Self.caller(gateway, try Self.secret(revoked)).get("/v1/models").status == 200)
      #expect(try await owner.send(.DELETE, "/v1/api-keys/\(id)").status == 204)
      clock.advance(by: .seconds(60))
      let good = try Self.secret(try await Self.make(owner))
      let changed = String(good.dropLast()) + (good.hasSuffix("a") ? "b" : "a")
      for wrong in [
        short, try Self.secret(revoked), changed, good + "a", "sck_", "sck_x", good.uppercased(),
        "SCK_" + good.dropFirst(4),
        String(repeating: "sck_", count: 1000),
      ] {
        let socket = try await WireConnection.open(port: gateway.port)
        #expect(try await socket.failure("connect", ["token": .string(wrong)])["code"] == "UNAUTHORIZED")
        #expect(await socket.end().code == .policyViolation)
      }
      let answer = try await Self.caller(gateway, short).get("/v1/models")
      #expect(answer.status == 401 && answer["www-authenticate"] == "Bearer")
    }
  }

  @Test("S4: wrong keys are throttled as any wrong credential")
  func throttled() async throws {
    try await GatewayHarness.run(set: { values in
      values.set(Settings.authDelay, to: .milliseconds(1))
      values.set(Settings.authDelayCap, to: .milliseconds(1))
      values.set(Settings.authFailureLimit, to: 3)
    }) { (gateway) async throws in
      let wrong = Self.caller(gateway, "sck_" + String(repeating: "x", count: 40))
      for _ in 1...3 { #expect(try await wrong.get("/v1/models")["retry-after"] == nil) }
      #expect(try await wrong.get("/v1/models")["retry-after"] != nil)
    }
  }

  @Test("S6: a key gets no other user, tenant or role than it was given")
  func noMore() async throws {
    try await GatewayHarness.run { (gateway) async throws in
      let bound = try Self.secret(try await Self.make(HTTPCaller(gateway), ["role": "viewer", "user_id": "bob"]))
      let socket = try await WireConnection.open(port: gateway.port)
      for claim in [["user_id": "alice"], ["tenant": "other"]] as [JSONValue] {
        var params = claim
        params["token"] = .string(bound)
        #expect(try await socket.failure("connect", params)["code"] == "FORBIDDEN")
        #expect(try await socket.failure("status")["code"] == "UNAUTHORIZED")
      }
      let success = try await socket.call("connect", ["token": .string(bound), "role": "admin"])
      #expect(success["role"] == "viewer" && success["user_id"] == "bob")
      #expect(try await socket.failure("chat.send", ["message": "hi"])["code"] == "FORBIDDEN")
      // An unbound key acts for the named user, and keeps its role.
      let free = try Self.secret(try await Self.make(HTTPCaller(gateway), ["role": "operator"]))
      let other = try await WireConnection.open(port: gateway.port)
      let named = try await other.call("connect", ["token": .string(free), "user_id": "carol"])
      #expect(named["role"] == "operator" && named["user_id"] == "carol")
      #expect(try await other.failure("device.pair.approve", ["code": "ABCD2345"])["code"] == "FORBIDDEN")
    }
  }

  @Test("S11: forged headers and fields are refused or change nothing")
  func forged() async throws {
    try await GatewayHarness.run { (gateway) async throws in
      let key = try await Self.make(HTTPCaller(gateway), ["role": "admin", "user_id": "bob"])
      let secret = try Self.secret(key)
      for header in ["X-SwiftClaw-Tenant", "X-SwiftClaw-User-Id", "X-GoClaw-User-Id"] {
        let answer = try await Self.caller(gateway, secret, [(header, "other")]).get("/v1/models")
        #expect(answer.status == 403, "\(header): \(answer.text)")
      }
      let caller = Self.caller(gateway, secret)
      let field = try await caller.complete(HTTPCaller.body("hello", ["user": "alice"]))
      #expect(field.status == 403 && field.json["error"]?["param"] == "user")
      #expect(try await caller.complete(HTTPCaller.body("hello", ["user": "bob", "tenant": "other"])).status == 200)
      for body in [
        #"{"name":"a","tenant_id":"other"}"#, #"{"name":"a","id":"x"}"#, #"{"name":"a","created_by":"x"}"#, "[]", "{",
        #"{"role":"admin"}"#, #"{"name":"a","role":"root"}"#, #"{"name":""}"#, #"{"name":"a","expires_at":1}"#,
        #"{"name":"a","user_id":""}"#,
      ] {
        #expect(try await caller.send(.POST, "/v1/api-keys", body: body).status == 400, "\(body)")
      }
      for query in ["limit=0", "limit=201", "limit=x"] {
        #expect(try await caller.get("/v1/api-keys?\(query)").status == 400, "\(query)")
      }
    }
  }

  @Test("S9: a key makes no key that is stronger, freer or longer-lived than itself")
  func minting() async throws {
    let clock = MovableClock()
    try await GatewayHarness.run(time: clock.source) { (gateway) async throws in
      let end = clock.now.milliseconds + 60_000
      let weak = try Self.secret(try await Self.make(HTTPCaller(gateway), ["role": "operator"]))
      #expect(try await Self.caller(gateway, weak).send(.POST, "/v1/api-keys", body: #"{"name":"a"}"#).status == 403)
      let maker = try Self.secret(
        try await Self.make(HTTPCaller(gateway), ["role": "admin", "user_id": "bob", "expires_at": .integer(end)]))
      let caller = Self.caller(gateway, maker)
      for body in [
        #"{"name":"a"}"#, #"{"name":"a","user_id":"bob"}"#, #"{"name":"a","expires_at":\#(end)}"#,
        #"{"name":"a","user_id":"alice","expires_at":\#(end)}"#,
        #"{"name":"a","user_id":"bob","expires_at":\#(end + 1)}"#,
      ] {
        #expect(try await caller.send(.POST, "/v1/api-keys", body: body).status == 403, "\(body)")
      }
      let made = try await Self.make(caller, ["user_id": "bob", "role": "admin", "expires_at": .integer(end)])
      #expect(made["created_by"] == "bob")
      // Nor does it admit a device with one.
      let admin = try await WireConnection.connect(port: gateway.port, token: maker)
      let device = try await WireConnection.open(port: gateway.port)
      let code = try await device.call("connect", ["user_id": "alice"])["pairing_code"] ?? .null
      #expect(try await admin.failure("device.pair.approve", ["code": code])["code"] == "NOT_FOUND")
      let own = try await WireConnection.open(port: gateway.port)
      let ownCode = try await own.call("connect", ["user_id": "bob"])["pairing_code"] ?? .null
      let paired = try await admin.call("device.pair.approve", ["code": ownCode, "userId": "bob"])["paired"]
      #expect(paired?["user_id"] == "bob" && paired?["expires_at"] == .integer(end))
    }
  }

  @Test("S8: a revoked key ends its sockets while they stream, and the run that it asked for", .timeLimit(.minutes(10)))
  func revocation() async throws {
    let models = try await FakeModelServer.start()
    let gate = FakeGate()
    models.enqueue(FakeReply.text("one two three").stalling(after: 1, gate))
    try await GatewayHarness.run(
      models: models,
      set: { $0.set(Settings.credentialRecheck, to: .seconds(3600)) }
    ) { (gateway) async throws in
      let owner = HTTPCaller(gateway)
      let key = try await Self.make(owner, ["user_id": "alice"])
      let socket = try await WireConnection.connect(port: gateway.port, token: try Self.secret(key))
      let bystander = try await gateway.connect(user: "alice")
      socket.request("chat.send", ["message": "hello"])
      _ = try await socket.events(through: "chunk")
      #expect(try await owner.send(.DELETE, "/v1/api-keys/\(key["id"]?.stringValue ?? "")").status == 204)
      #expect(await socket.end().code == .policyViolation)
      // The model is still silent: only the revocation can end the run.
      let end = try await bystander.events(through: "run.failed").last
      #expect(end?["payload"]?["error"]?["code"] == "FORBIDDEN")
      gate.open()
      #expect(try await owner.get("/v1/api-keys").json["api_keys"]?[0]?["revoked_at"] != nil)
    }
  }

  @Test(
    "S8: a revoked key ends the answers that it has open over HTTP, with a word on why", .timeLimit(.minutes(10)),
    arguments: [true, false])
  func revokedWhileAnswered(isStreamed: Bool) async throws {
    let (models, gate) = (try await FakeModelServer.start(), FakeGate())
    models.enqueue(.text("one two three").stalling(after: 1, gate))
    try await GatewayHarness.run(models: models) { (gateway) async throws in
      let owner = HTTPCaller(gateway)
      let key = try await Self.make(owner, ["user_id": "ann"])
      let caller = Self.caller(gateway, try Self.secret(key))
      let watching = try await gateway.connect(user: "ann")
      let body = HTTPCaller.body("hello", ["stream": .bool(isStreamed)]).serializedString()
      async let answered = caller.send(.POST, "/v1/chat/completions", body: body)
      _ = try await watching.events(through: isStreamed ? "chunk" : "run.started")
      await gate.reached()
      let id = try #require(key["id"]?.stringValue)
      #expect(try await owner.send(.DELETE, "/v1/api-keys/\(id)").status < 300)
      // The model sends nothing more: only the revocation can end this. Read to its regular end: a cut would throw.
      let answer = try await answered
      #expect(answer.status == (isStreamed ? 200 : 403))
      #expect(answer.text.contains(#""error""#) && !answer.text.contains("[DONE]"), "\(answer.text)")
      gate.open()
    }
    await models.stop()
  }

  @Test("a key that revokes itself is told that it is done")
  func revokesItself() async throws {
    try await GatewayHarness.run { gateway in
      for _ in 0..<20 {
        let key = try await Self.make(HTTPCaller(gateway), ["role": "admin"])
        let id = try #require(key["id"]?.stringValue)
        let answer = try await Self.caller(gateway, try Self.secret(key)).send(.DELETE, "/v1/api-keys/\(id)")
        #expect(answer.status == 204, "\(answer.text)")
      }
    }
  }

  @Test("S8: what another node revoked is found by looking again")
  func revokedElsewhere() async throws {
    let clock = MovableClock()
    try await GatewayHarness.run(
      time: clock.source, set: { $0.set(Settings.credentialRecheck, to: .milliseconds(20)) }
    ) { (gateway) async throws in
      // Nothing signals an expiry either.
      let end = clock.now.milliseconds + 60_000
      let key = try await Self.make(HTTPCaller(gateway), ["expires_at": .integer(end)])
      let socket = try await WireConnection.connect(port: gateway.port, token: try Self.secret(key))
      clock.advance(by: .seconds(60))
      #expect(await socket.end().code == .policyViolation)
    }
  }

  @Test("lists come in pages; changes ask for the revision they were made for")
  func management() async throws {
    try await GatewayHarness.run { (gateway) async throws in
      let owner = HTTPCaller(gateway)
      var made: [String] = []
      for index in 1...5 { made.append(try await Self.make(owner, ["name": "key \(index)"])["id"]?.stringValue ?? "") }
      var found: [String] = []
      var path = "/v1/api-keys?limit=2"
      while true {
        let page = try await owner.get(path).json
        found += page["api_keys"]?.arrayValue?.compactMap { $0["id"]?.stringValue } ?? []
        guard let cursor = page["next_cursor"]?.stringValue else { break }
        path = "/v1/api-keys?limit=2&cursor=\(cursor)"
      }
      #expect(found == made.sorted())
      let one = "/v1/api-keys/\(made[0])"
      let body = #"{"name":"another"}"#
      #expect(try await owner.send(.PATCH, one, body: body, [("If-Match", "\"7\"")]).status == 412)
      #expect(try await owner.send(.PATCH, one, body: body, [("If-Match", "nonsense")]).status == 412)
      let changed = try await owner.send(.PATCH, one, body: body, [("If-Match", "\"1\"")])
      #expect(changed.status == 200 && changed["etag"] == "\"2\"" && changed.json["name"] == "another")
      #expect(try await owner.send(.PATCH, one, body: #"{"name":"a","role":"admin"}"#).status == 400)
      #expect(try await owner.send(.PATCH, "/v1/api-keys/none", body: body).status == 404)
      #expect(try await owner.send(.DELETE, "/v1/api-keys/none").status == 404)
      let wrong = try await owner.send(.PUT, one, body: body)
      #expect(wrong.status == 405 && wrong["allow"]?.contains("PATCH") == true)
    }
  }
}
