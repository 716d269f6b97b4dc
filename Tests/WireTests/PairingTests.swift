import ClawCommands
import ClawJSON
import ClawTesting
import Foundation
import Testing

@Suite("Pairing", .timeLimit(.minutes(10)))
struct PairingTests {
  @Test("a device asks, an admin approves, and the device goes on as the user it claimed")
  func wholeWay() async throws {
    try await GatewayHarness.run { (gateway) async throws in
      let admin = try await gateway.connect()
      let device = try await WireConnection.open(port: gateway.port)
      let answer = try await device.call("connect", ["user_id": "alice"])
      #expect(answer["status"] == "pending_pairing" && answer["protocol"] == 3)
      #expect(answer["role"] == nil && answer["connection_id"] == nil)
      let (code, sender) = try Self.issued(answer)
      #expect(code.wholeMatch(of: /[A-HJKMNP-Z2-9]{8}/) != nil)
      // 128 bits take 32 hexadecimal digits.
      #expect(sender.utf8.count >= 32)
      let requested = try await admin.event()
      #expect(requested["event"] == "device.pair.requested" && requested["seq"] == nil)
      #expect(requested["payload"]?["code"] == .string(code) && requested["payload"]?["user_id"] == "alice")
      #expect(try await device.call("browser.pairing.status", ["sender_id": .string(sender)])["status"] == "pending")
      let approved = try await admin.call("device.pair.approve", ["code": .string(code.lowercased())])
      let paired = try #require(approved["paired"])
      #expect(paired["user_id"] == "alice" && paired["role"] == "operator" && paired["paired_by"] == "owner")
      let resolved = try await device.event()
      #expect(resolved["event"] == "device.pair.resolved" && resolved["seq"] == nil)
      #expect(resolved["payload"]?["decision"] == "approved")
      #expect(resolved["payload"]?["device_id"] == paired["device_id"])
      #expect(try await admin.event()["event"] == "device.pair.resolved")
      #expect(try await device.call("browser.pairing.status", ["sender_id": .string(sender)])["status"] == "approved")
      // On the same connection, and on a new one.
      for connection in [device, try await WireConnection.open(port: gateway.port)] {
        let success = try await connection.call("connect", ["sender_id": .string(sender)])
        #expect(success["role"] == "operator" && success["user_id"] == "alice" && success["tenant"] == "default")
        #expect(try await connection.call("chat.send", ["message": "hello"])["status"] == "completed")
        #expect(try await connection.failure("device.pair.approve", ["code": "ABCD2345"])["code"] == "FORBIDDEN")
      }
    }
  }

  @Test("a device that waits may ask for its status and for health, and for nothing else")
  func pendingRights() async throws {
    try await GatewayHarness.run { (gateway) async throws in
      let stranger = try await WireConnection.open(port: gateway.port)
      #expect(try await stranger.failure("browser.pairing.status", ["sender_id": "x"])["code"] == "UNAUTHORIZED")
      let (code, sender) = try Self.issued(try await stranger.call("connect"))
      for method in ["status", "agent", "chat.send", "sessions.list", "device.pair.list", "device.pair.approve", "no"] {
        #expect(try await stranger.failure(method, ["code": .string(code)])["code"] == "UNAUTHORIZED")
      }
      #expect(try await stranger.call("health")["status"] == "ok")
      // It gets the same code again, on this connection and on another.
      for params in [[:], ["sender_id": .string(sender)]] as [JSONValue] {
        #expect(try Self.issued(try await stranger.call("connect", params)) == (code, sender))
      }
      let other = try await WireConnection.open(port: gateway.port)
      #expect(try Self.issued(try await other.call("connect", ["sender_id": .string(sender)])) == (code, sender))
      // The gateway token is also accepted here.
      #expect(try await other.call("connect", ["token": .string(gateway.token)])["role"] == "admin")
    }
  }

  @Test("S6: a paired device gets no other user, tenant or role than it was given")
  func noMore() async throws {
    try await GatewayHarness.run { (gateway) async throws in
      let admin = try await gateway.connect()
      let sender = try await Self.pair(gateway, admin, ["userId": "bob", "role": "viewer"])
      let device = try await WireConnection.open(port: gateway.port)
      for claim in [["user_id": "alice"], ["tenant": "other"]] as [JSONValue] {
        var params = claim
        params["sender_id"] = .string(sender)
        #expect(try await device.failure("connect", params)["code"] == "FORBIDDEN")
        #expect(try await device.failure("status")["code"] == "UNAUTHORIZED")
      }
      let success = try await device.call("connect", ["sender_id": .string(sender), "user_id": "bob"])
      #expect(success["role"] == "viewer" && success["user_id"] == "bob")
      #expect(try await device.call("sessions.list")["sessions"]?.arrayValue?.isEmpty == true)
      for method in ["chat.send", "sessions.delete", "chat.abort", "device.pair.list", "device.pair.revoke"] {
        #expect(try await device.failure(method)["code"] == "FORBIDDEN", "\(method)")
      }
    }
  }

  @Test("S6: a sender_id that was never issued, malformed or wrong in one place is refused, and the socket closed")
  func wrongSender() async throws {
    try await GatewayHarness.run { (gateway) async throws in
      let admin = try await gateway.connect()
      let sender = try await Self.pair(gateway, admin)
      let changed = String(sender.dropLast()) + (sender.hasSuffix("0") ? "1" : "0")
      for wrong in ["x", changed, sender + "0", sender.uppercased(), String(repeating: "x", count: 10_000)] {
        let guesser = try await WireConnection.open(port: gateway.port)
        #expect(try await guesser.failure("connect", ["sender_id": .string(wrong)])["code"] == "UNAUTHORIZED")
        #expect(await guesser.end().code == .policyViolation)
      }
      // A valid sender_id does not make up for an invalid token.
      let both = try await WireConnection.open(port: gateway.port)
      #expect(
        try await both.failure("connect", ["token": "bad", "sender_id": .string(sender)])["code"] == "UNAUTHORIZED")
    }
  }

  @Test("a code is good for one device, once; a role of admin can't be had by it")
  func codes() async throws {
    try await GatewayHarness.run { (gateway) async throws in
      let admin = try await gateway.connect()
      let device = try await WireConnection.open(port: gateway.port)
      let (code, _) = try Self.issued(try await device.call("connect"))
      for wrong in ["", "ABCD234", "ABCD23450", "ABCD234I", "\(code.dropLast())!"] {
        #expect(try await admin.failure("device.pair.approve", ["code": .string(wrong)])["code"] == "NOT_FOUND")
      }
      for role in ["admin", "root", ""] as [JSONValue] {
        let failure = try await admin.failure("device.pair.approve", ["code": .string(code), "role": role])
        #expect(failure["code"] == "INVALID_REQUEST")
      }
      let paired = try await admin.call("device.pair.approve", ["code": .string(code)])["paired"]
      // No user was claimed or named: it acts for the approver.
      #expect(paired?["user_id"] == "owner")
      #expect(try await admin.failure("device.pair.approve", ["code": .string(code)])["code"] == "NOT_FOUND")
    }
  }

  @Test("S32: a fourth device of one address has to wait, and a device gets only so many sockets")
  func caps() async throws {
    try await GatewayHarness.run { (gateway) async throws in
      let admin = try await gateway.connect()
      var senders: [String] = []
      for _ in 1...3 {
        let device = try await WireConnection.open(port: gateway.port)
        senders.append(try Self.issued(try await device.call("connect")).sender)
        await device.drop()
      }
      let fourth = try await WireConnection.open(port: gateway.port)
      let refused = try await fourth.failure("connect")
      #expect(refused["code"] == "RESOURCE_EXHAUSTED")
      #expect((refused["retryAfterMs"]?.intValue ?? 0) > 0)
      // A pending device is not counted twice.
      let again = try await fourth.call("connect", ["sender_id": .string(senders[0])])
      #expect(again["status"] == "pending_pairing")
      var sockets: [WireConnection] = []
      for _ in 2...8 {
        let socket = try await WireConnection.open(port: gateway.port)
        _ = try await socket.call("connect", ["sender_id": .string(senders[0])])
        sockets.append(socket)
      }
      let ninth = try await WireConnection.open(port: gateway.port)
      #expect(
        try await ninth.failure("connect", ["sender_id": .string(senders[0])])["code"] == "RESOURCE_EXHAUSTED")
      // Rejecting one frees a slot.
      let pending = try await admin.call("device.pair.list")["pending"]?.arrayValue ?? []
      #expect(pending.count == 3)
      let first = try #require(pending.first?["device_id"])
      #expect(try await admin.call("device.pair.revoke", ["deviceId": first])["revoked"] == true)
      for socket in sockets + [fourth] { #expect(await socket.end().code == .policyViolation) }
      #expect(try await ninth.call("connect")["status"] == "pending_pairing")
    }
  }

  @Test("S10: to a stranger a tenant that is not there looks like one in which nobody else may wait")
  func unknownTenant() async throws {
    try await GatewayHarness.run(set: { $0.set(Settings.pairingMaxPending, to: 1) }) { (gateway) async throws in
      let first = try await WireConnection.open(port: gateway.port)
      #expect(try await first.call("connect")["status"] == "pending_pairing")
      let stranger = try await WireConnection.open(port: gateway.port)
      let full = try await stranger.failure("connect")
      #expect(full["code"] == "RESOURCE_EXHAUSTED" && (full["retryAfterMs"]?.intValue ?? 0) > 0)
      for name in ["none", "none", "nobody"] {
        #expect(try await stranger.failure("connect", ["tenant": .string(name)]) == full)
      }
    }
  }

  @Test("S4: refused strangers are slowed down as guesses are")
  func slowed() async throws {
    try await GatewayHarness.run(set: {
      $0.set(Settings.authFailureLimit, to: 1)
      $0.set(Settings.authDelay, to: .milliseconds(1))
    }) { (gateway) async throws in
      let stranger = try await WireConnection.open(port: gateway.port)
      _ = try await stranger.failure("connect", ["tenant": "none"])
      // The window is a minute; only counted attempts have to wait for its end.
      let second = try await stranger.failure("connect", ["tenant": "nobody"])
      #expect((second["retryAfterMs"]?.intValue ?? 0) > 30_000)
    }
  }

  @Test("S32: the devices that wait in a tenant are limited, wherever they come from")
  func tenantCap() async throws {
    try await GatewayHarness.run(set: {
      $0.set(Settings.pairingMaxPending, to: 2)
      $0.set(Settings.trustedProxies, to: ["127.0.0.1"])
    }) { (gateway) async throws in
      for host in 1...3 {
        let device = try await WireConnection.open(
          port: gateway.port, headers: [("X-Forwarded-For", "203.0.113.\(host)")])
        if host < 3 {
          #expect(try await device.call("connect")["status"] == "pending_pairing")
        } else {
          #expect(try await device.failure("connect")["code"] == "RESOURCE_EXHAUSTED")
        }
      }
      let list = try await gateway.connect().call("device.pair.list")
      #expect(list["pending"]?.arrayValue?.compactMap { $0["remote"]?.stringValue } == ["203.0.113.1", "203.0.113.2"])
    }
  }

  @Test("S6: a code and a pairing that have expired are worth nothing, and close what they let in")
  func expiry() async throws {
    try await GatewayHarness.run(set: {
      $0.set(Settings.pairingCodeLifetime, to: .seconds(3))
      $0.set(Settings.pairingDeviceLifetime, to: .seconds(3))
      $0.set(Settings.pairingCheckInterval, to: .milliseconds(20))
    }) { (gateway) async throws in
      let admin = try await gateway.connect()
      let sender = try await Self.pair(gateway, admin)
      let device = try await WireConnection.open(port: gateway.port)
      #expect(try await device.call("connect", ["sender_id": .string(sender)])["role"] == "operator")
      let waiting = try await WireConnection.open(port: gateway.port)
      let (code, pendingSender) = try Self.issued(try await waiting.call("connect"))
      #expect(await device.end().code == .policyViolation)
      #expect(await waiting.end().code == .policyViolation)
      var expired = 0
      while expired < 2 {
        if try await admin.event()["payload"]?["decision"] == "expired" { expired += 1 }
      }
      #expect(try await admin.failure("device.pair.approve", ["code": .string(code)])["code"] == "NOT_FOUND")
      for sender in [sender, pendingSender] {
        let status = try await admin.call("browser.pairing.status", ["sender_id": .string(sender)])
        #expect(status["status"] == "expired")
        let late = try await WireConnection.open(port: gateway.port)
        #expect(try await late.failure("connect", ["sender_id": .string(sender)])["code"] == "UNAUTHORIZED")
      }
      #expect(try await admin.call("device.pair.list") == ["pending": [], "paired": []])
    }
  }

  @Test("S8: revoking a device closes its sockets in the midst of an answer, and ends its run")
  func revocation() async throws {
    let models = try await FakeModelServer.start()
    let gate = FakeGate()
    models.respond { _ in FakeReply([.text("Let me "), .text("see.")]).stalling(after: 1, gate) }
    try await GatewayHarness.run(models: models) { (gateway) async throws in
      let admin = try await gateway.connect()
      let sender = try await Self.pair(gateway, admin, ["userId": "alice"])
      let device = try await WireConnection.open(port: gateway.port)
      _ = try await device.call("connect", ["sender_id": .string(sender)])
      device.request("chat.send", ["message": "hello"])
      _ = try await device.events(through: "chunk")
      let paired = try #require(try await admin.call("device.pair.list")["paired"]?.arrayValue?.first)
      let begun = ContinuousClock.now
      _ = try await admin.call("device.pair.revoke", ["deviceId": paired["device_id"] ?? .null])
      #expect(await device.end().code == .policyViolation)
      #expect(begun.duration(to: .now) < .seconds(1))
      let again = try await WireConnection.open(port: gateway.port)
      #expect(try await again.failure("connect", ["sender_id": .string(sender)])["code"] == "UNAUTHORIZED")
      let unknown = try await admin.failure("device.pair.revoke", ["deviceId": paired["device_id"] ?? .null])
      #expect(unknown["code"] == "NOT_FOUND")
      _ = try await admin.call(
        "sessions.subscribe", ["sessionKey": "agent:default:ws:main", "userId": "alice", "afterSeq": 0])
      // The model sends nothing more: only the revocation can end this.
      let end = try await admin.events(through: "run.failed").last
      #expect(end?["payload"]?["error"]?["code"] == "FORBIDDEN")
      gate.open()
    }
    await models.stop()
  }

  @Test("S8: a device can also be revoked by its secret and channel, and what it sends afterwards is not done")
  func revocationBySender() async throws {
    try await GatewayHarness.run { (gateway) async throws in
      let admin = try await gateway.connect()
      let sender = try await Self.pair(gateway, admin, ["userId": "alice"])
      let device = try await WireConnection.open(port: gateway.port)
      _ = try await device.call("connect", ["sender_id": .string(sender)])
      _ = try await admin.call("device.pair.revoke", ["senderId": .string(sender), "channel": "browser"])
      device.request("chat.send", ["message": "too late"])
      #expect(await device.end().code == .policyViolation)
      let history = try await admin.call("chat.history", ["sessionKey": "agent:default:ws:main", "userId": "alice"])
      #expect(history["messages"]?.arrayValue?.isEmpty == true)
      #expect(try await admin.failure("device.pair.revoke", ["senderId": "x"])["code"] == "INVALID_REQUEST")
    }
  }

  @Test("S10: an operator sees the devices of their own user alone, and no code")
  func lists() async throws {
    try await GatewayHarness.run { (gateway) async throws in
      let admin = try await gateway.connect()
      let alice = try await WireConnection.open(port: gateway.port)
      let sender = try await Self.pair(gateway, admin, ["userId": "alice"])
      _ = try await alice.call("connect", ["sender_id": .string(sender)])
      _ = try await Self.pair(gateway, admin, ["userId": "bob"])
      let waiting = try await WireConnection.open(port: gateway.port)
      let code = try Self.issued(try await waiting.call("connect", ["user_id": "bob"])).code
      let own = try await alice.call("device.pair.list")
      #expect(own["paired"]?.arrayValue?.compactMap { $0["user_id"]?.stringValue } == ["alice"])
      #expect(own["pending"]?.arrayValue?.isEmpty == true)
      let asked = try await alice.call(
        "device.pair.request", ["senderId": "+4912345", "channel": "signal", "chatId": "c1"])
      let mine = try await alice.call("device.pair.list")
      #expect(mine["pending"]?.arrayValue?.compactMap { $0["channel"]?.stringValue } == ["signal"])
      #expect(!mine.serializedString().contains(try #require(asked["code"]?.stringValue)))
      // She receives nothing about other requests, and the decision on her own.
      #expect(alice.events.isEmpty)
      let all = try await admin.call("device.pair.list")
      #expect(all["paired"]?.arrayValue?.count == 2)
      #expect(Set(all["pending"]?.arrayValue?.compactMap { $0["code"] } ?? []) == [.string(code), asked["code"]])
      for text in [all, own, mine].map({ $0.serializedString() }) {
        #expect(!text.contains(sender) && !text.contains("scd_") && !text.contains("+4912345"))
      }
      let paired = try await admin.call("device.pair.approve", ["code": asked["code"] ?? .null, "userId": "carol"])
      #expect(paired["paired"]?["chat_id"] == "c1" && paired["paired"]?["user_id"] == "carol")
      #expect(try await alice.event()["payload"]?["decision"] == "approved")
      #expect(alice.events.isEmpty)
    }
  }

  @Test("a channel's sender gets one code for as long as it holds, and none once paired; its name opens no socket")
  func channelSenders() async throws {
    try await GatewayHarness.run { (gateway) async throws in
      let admin = try await gateway.connect()
      for channel in ["telegram", "browser"] as [JSONValue] {
        let params: JSONValue = ["senderId": "4711", "channel": channel]
        let first = try await admin.call("device.pair.request", params)
        #expect((first["expiresAtMs"]?.intValue ?? 0) > 0)
        #expect(try await admin.call("device.pair.request", params) == first)
        _ = try await admin.call("device.pair.approve", ["code": first["code"] ?? .null])
        #expect(try await admin.failure("device.pair.request", params)["code"] == "ALREADY_EXISTS")
        let socket = try await WireConnection.open(port: gateway.port)
        #expect(try await socket.failure("connect", ["sender_id": "4711"])["code"] == "UNAUTHORIZED")
        #expect(try await admin.call("device.pair.revoke", params)["revoked"] == true)
      }
      for bad in [["senderId": ""], ["senderId": "a\nb"], ["channel": ""], ["chatId": "\u{1B}"]] as [JSONValue] {
        var params: JSONValue = ["senderId": "a", "channel": "c"]
        for (name, value) in bad.objectValue ?? [:] { params[name] = value }
        #expect(try await admin.failure("device.pair.request", params)["code"] == "INVALID_REQUEST")
      }
    }
  }

  @Test("S34: the secret of a device is in no log and not in the store, and a restart changes nothing for it")
  func secrecy() async throws {
    let directory = try TemporaryDirectory()
    let (code, sender, log) = try await GatewayHarness.run(in: directory, logLevel: "trace") { (gateway) async throws in
      let admin = try await gateway.connect()
      let device = try await WireConnection.open(port: gateway.port)
      let (code, sender) = try Self.issued(try await device.call("connect"))
      _ = try await admin.call("device.pair.approve", ["code": .string(code)])
      _ = try await device.call("connect", ["sender_id": .string(sender)])
      return (code, sender, gateway.log)
    }
    #expect(!log.lines.isEmpty)
    #expect(!log.lines.contains { $0.contains(sender) || $0.contains(code) })
    let kept = try await GatewayHarness.leftovers(in: directory)
    #expect(kept.contains { $0.name == "swiftclaw.db" })
    for (name, data) in kept { #expect(data.range(of: Data(sender.utf8)) == nil, "\(name)") }
    try await GatewayHarness.run(in: directory) { (gateway) async throws in
      let device = try await WireConnection.open(port: gateway.port)
      #expect(try await device.call("connect", ["sender_id": .string(sender)])["role"] == "operator")
    }
  }

  // MARK: - Support

  static func issued(_ answer: JSONValue) throws -> (code: String, sender: String) {
    (try #require(answer["pairing_code"]?.stringValue), try #require(answer["sender_id"]?.stringValue))
  }

  /// Pairs a new device and returns its secret. Drops the admin's events.
  static func pair(
    _ gateway: GatewayHarness, _ admin: WireConnection, _ approval: JSONValue = [:]
  ) async throws -> String {
    let device = try await WireConnection.open(port: gateway.port)
    let (code, sender) = try issued(try await device.call("connect"))
    var params = approval
    params["code"] = .string(code)
    _ = try await admin.call("device.pair.approve", params)
    await device.drop()
    admin.forgetEvents()
    return sender
  }
}
