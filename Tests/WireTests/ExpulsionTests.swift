import ClawCommands
import ClawJSON
import ClawTesting
import Testing

@Suite("Peers that have to go and do not read", .timeLimit(.minutes(10)))
struct ExpulsionTests {
  @Test("S8: a revoked device that reads nothing is dropped, also with a full socket", arguments: [false, true])
  func deafDevice(isFlooded: Bool) async throws {
    let models = try await FakeModelServer.start()
    let piece = String(repeating: "0123456789abcdef", count: 2048)
    models.respond { _ in FakeReply(Array(repeating: .text(piece), count: isFlooded ? 200 : 1)) }
    try await GatewayHarness.run(
      models: models,
      set: {
        // This timeout never passes.
        $0.set(Settings.closeTimeout, to: .seconds(86_400))
      }
    ) { (gateway) async throws in
      let admin = try await gateway.connect()
      let sender = try await PairingTests.pair(gateway, admin, ["userId": "alice"])
      let device = try await DeafPeer.open(
        port: gateway.port,
        requests: [
          ["method": "connect", "params": ["sender_id": .string(sender)]],
          ["method": "chat.send", "params": ["message": "speak"]],
        ])
      let alice: JSONValue = ["userId": "alice"]
      while try await admin.call("sessions.list", alice)["sessions"]?.arrayValue?.first?["messageCount"] != 2 {}
      let paired = try #require(try await admin.call("device.pair.list")["paired"]?.arrayValue?.first)
      #expect(try await admin.call("status")["clients"] == 2)
      _ = try await admin.call("device.pair.revoke", ["deviceId": paired["device_id"] ?? .null])
      while try await admin.call("status")["clients"] != 1 {}
      await device.drop()
    }
    await models.stop()
  }

  @Test(
    "S32: strangers who flood the gateway with sockets are all put out, whether they read or not; others are served")
  func strangers() async throws {
    let limit = Duration.seconds(3)
    try await GatewayHarness.run(set: {
      $0.set(Settings.closeTimeout, to: .seconds(86_400))
      $0.set(Settings.connectTimeout, to: limit)
      // They are ended by the timeout, and not by their number.
      $0.set(Settings.maxStrangersPerAddress, to: 1000)
    }) { (gateway) async throws in
      let client = try await gateway.connect()
      let deaf = try await (1...150).asyncMap { _ in try await DeafPeer.open(port: gateway.port) }
      let strangers = try await (1...150).asyncMap { _ in try await WireConnection.open(port: gateway.port) }
      _ = try await client.call("chat.send", ["message": "hello"])
      for stranger in strangers { #expect(await stranger.end().code == .policyViolation) }
      // Clients that do not read can't tell; the gateway's log does.
      while gateway.log.lines.count(where: { $0.contains("connection closed") && $0.contains("1008") }) < 300 {
        _ = try await client.call("health")
      }
      #expect(try await client.call("status")["clients"] == 1)
      for peer in deaf { await peer.drop() }
    }
  }
}

extension Sequence {
  fileprivate func asyncMap<T>(_ transform: (Element) async throws -> T) async rethrows -> [T] {
    var results: [T] = []
    for element in self { results.append(try await transform(element)) }
    return results
  }
}
