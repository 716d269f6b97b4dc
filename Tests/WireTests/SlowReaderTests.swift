import ClawCommands
import ClawJSON
import ClawTesting
import ClawWebSocket
import Testing

@Suite("A client that reads slowly")
struct SlowReaderTests {
  private static let pieces = 640
  private static let piece = String(repeating: "0123456789abcdef", count: 2048)

  @Test("S32: it is closed with 1013 instead of filling the memory, and resumes to get everything once")
  func slowReader() async throws {
    let models = try await FakeModelServer.start()
    models.enqueue(
      FakeReply(
        Array(repeating: .text(Self.piece), count: Self.pieces) + [
          .call(id: "c", name: "calculator", arguments: #"{"expression":"1+1"}"#)
        ]), .text("that was much"))
    try await GatewayHarness.run(
      models: models,
      set: {
        $0.set(Settings.maxQueueBytes, to: 65_536)
        $0.set(Settings.closeTimeout, to: .seconds(60))
      }
    ) { gateway in
      let slow = try await Self.connect(gateway)
      let params: JSONValue = ["message": "much", "idempotencyKey": "k", "userId": "owner"]
      slow.request("chat.send", params)
      await models.received(1)
      // Another user's connection receives the end, and nothing else.
      let patient = try await gateway.connect(user: "patient")
      let outcome = try await patient.call("chat.send", params)
      #expect(outcome["content"] == "that was much")
      #expect(patient.events.isEmpty)
      var seen: [JSONValue] = []
      do {
        while true { seen.append(try await slow.frame()) }
      } catch {}
      #expect(await slow.end().code == .tryAgainLater)
      #expect(seen.seqs == Array(1..<seen.count + 1))
      #expect(seen.names.last != "run.completed")
      let again = try await Self.connect(gateway)
      try await again.subscribe(to: "agent:default:ws:main", after: seen.count)
      seen += try await again.events(through: "run.completed")
      #expect(seen.seqs == Array(1...seen.count))
      #expect(seen.text.utf8.count == Self.pieces * Self.piece.utf8.count + "that was much".utf8.count)
    }
    await models.stop()
  }

  /// A connection that buffers little.
  private static func connect(_ gateway: GatewayHarness) async throws -> WireConnection {
    let socket = try await WebSocketClient().connect(
      url: "ws://127.0.0.1:\(gateway.port)/ws", configuration: WebSocketConfiguration(maxMessageBytes: 256 * 1024),
      connectTimeout: .seconds(60))
    let connection = WireConnection(socket: socket)
    _ = try await connection.call("connect", ["token": .string(gateway.token)])
    return connection
  }
}
