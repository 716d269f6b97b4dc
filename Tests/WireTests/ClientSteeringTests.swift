import ClawClient
import ClawProtocol
import ClawTesting
import Testing

@Suite("The Swift client steers and interrupts", .timeLimit(.minutes(10)))
struct ClientSteeringTests {
  private static func configuration(_ gateway: GatewayHarness) -> ClientConfiguration {
    ClientConfiguration(url: "ws://127.0.0.1:\(gateway.port)/ws", token: gateway.token)
  }

  @Test("each mode, while a run is under way", arguments: GatewayClient.SendMode.allCases)
  func modes(mode: GatewayClient.SendMode) async throws {
    let (models, gate) = (try await FakeModelServer.start(), FakeGate())
    models.enqueue(FakeReply.text("one two").stalling(after: 1, gate), .text("three"))
    try await GatewayHarness.run(models: models) { gateway in
      try await GatewayClient.withConnection(to: Self.configuration(gateway)) { client async throws in
        async let first = client.send("count").text()
        await gate.reached()
        async let second = client.send("go on", mode: mode, idempotencyKey: "k").text()
        if mode == .steer {
          // Sends the same message again: after its answer the message is accepted, whichever came first.
          let other = try await gateway.connect()
          _ = try await other.call(
            "chat.send", ["message": "go on", "mode": "steer", "wait": false, "idempotencyKey": "k"])
        }
        // An interrupted model never finishes.
        if mode != .interrupt { gate.open() }
        #expect(try await second == "three")
        switch mode {
        case .queue: #expect(try await first == "one two")
        case .steer: #expect(try await first == "three")
        case .interrupt:
          do {
            _ = try await first
            Issue.record("the interrupted run came to its end")
          } catch ClientError.runFailed(let code, _) {
            #expect(code == "ABORTED")
          }
        }
      }
    }
    #expect(models.requests.count == 2 && models.violations.isEmpty)
    await models.stop()
  }
}
