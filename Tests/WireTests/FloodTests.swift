import ClawCommands
import ClawJSON
import ClawTesting
import ClawWebSocket
import NIOCore
import Testing

@Suite("Clients that send what they should not")
struct FloodTests {
  @Test("S32: a message beyond the limit closes the socket with 1009, before and after connect")
  func oversize() async throws {
    try await GatewayHarness.run { gateway in
      let stranger = try await WireConnection.open(port: gateway.port)
      stranger.send(
        raw: #"{"type":"req","id":1,"method":"health","x":""# + String(repeating: "x", count: 65_000) + #""}"#)
      #expect(try await stranger.frame()["ok"] == true)
      stranger.send(raw: String(repeating: "x", count: 65_537))
      #expect(await stranger.end().code == .messageTooBig)

      let client = try await gateway.connect()
      client.send(
        raw: #"{"type":"req","id":"big","method":"health","x":""# + String(repeating: "x", count: 500_000) + #""}"#)
      #expect(try await client.frame()["id"] == "big")
      client.send(raw: String(repeating: "x", count: 524_289))
      #expect(await client.end().code == .messageTooBig)
      _ = try await gateway.connect().call("health")
    }
  }

  @Test("S32: a binary message closes the socket with 1003")
  func binary() async throws {
    try await GatewayHarness.run { gateway in
      let client = try await gateway.connect()
      client.socket.send(.binary(ByteBuffer(string: #"{"type":"req","id":1,"method":"health"}"#)))
      #expect(await client.end().code == .unsupportedData)
    }
  }

  @Test("S32: deep JSON is refused, and the connection stays open", arguments: ["[", #"{"a":"#])
  func deep(opening: String) async throws {
    try await GatewayHarness.run { gateway in
      let client = try await gateway.connect()
      client.send(raw: String(repeating: opening, count: 500_000 / opening.utf8.count))
      let refused = try await client.frame()
      #expect(refused["error"]?["code"] == "INVALID_REQUEST")
      #expect(refused["id"]?.isNull == true)
      let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
      client.send(raw: #"{"type":"req","id":1,"method":"health","params":{"a":"# + deep + "}}")
      #expect(try await client.frame()["error"]?["code"] == "INVALID_REQUEST")
      #expect(try await client.call("health")["status"] == "ok")
    }
  }

  @Test("frames that are no requests are answered with a null id, and the connection stays open")
  func badFrames() async throws {
    try await GatewayHarness.run { gateway in
      let client = try await gateway.connect()
      for bad in [
        "", "hello", "[]", "7", "null", "{}", #"{"type":"res","id":1,"method":"health"}"#,
        #"{"type":"req","id":null,"method":"health"}"#, #"{"type":"req","method":"health"}"#,
        #"{"type":"req","id":true,"method":"health"}"#, #"{"type":"req","id":{},"method":"health"}"#,
      ] {
        client.send(raw: bad)
        let answer = try await client.frame()
        #expect(answer["type"] == "res")
        #expect(answer["ok"] == false)
        #expect(answer["id"] == .null || bad.contains(#""id":1"#), "\(bad)")
        #expect(answer["error"]?["code"] == "INVALID_REQUEST")
      }
      for (id, frame) in [
        ("a", #"{"type":"req","id":"a"}"#), ("b", #"{"type":"req","id":"b","method":7}"#),
      ] {
        client.send(raw: frame)
        let answer = try await client.frame()
        #expect(answer["error"]?["code"] == "INVALID_REQUEST")
        #expect(answer["id"] == .string(id) || answer["id"] == .null)
      }
      client.send(raw: #"{"type":"req","id":"text","method":"health","more":1}"#)
      #expect(try await client.frame()["id"] == "text")
    }
  }

  @Test("S32: a flood of frames that are no requests closes the socket with 1008")
  func badFrameFlood() async throws {
    try await GatewayHarness.run { gateway in
      let client = try await gateway.connect()
      for _ in 1...20 { client.send(raw: "no") }
      for _ in 1...20 { #expect(try await client.frame()["ok"] == false) }
      #expect(try await client.call("health")["status"] == "ok")
      client.send(raw: "no")
      #expect(await client.end().code == .policyViolation)
    }
  }

  @Test("S32: a socket that does not authenticate in time is closed with 1008")
  func silentStranger() async throws {
    try await GatewayHarness.run(set: { $0.set(Settings.connectTimeout, to: .milliseconds(50)) }) { gateway in
      let stranger = try await WireConnection.open(port: gateway.port)
      #expect(await stranger.end().code == .policyViolation)
    }
  }

  @Test("S32: a peer that answers no ping is dropped")
  func halfOpen() async throws {
    try await GatewayHarness.run(set: {
      $0.set(Settings.pingInterval, to: .milliseconds(100))
      $0.set(Settings.idleTimeout, to: .seconds(2))
      $0.set(Settings.closeTimeout, to: .milliseconds(50))
    }) { gateway in
      // It takes in everything and says nothing: only the gateway can end this.
      let end = try await RawHTTP.send(
        port: gateway.port,
        """
        GET /ws HTTP/1.1\r
        Host: 127.0.0.1\r
        Upgrade: websocket\r
        Connection: Upgrade\r
        Sec-WebSocket-Version: 13\r
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
        \r

        """)
      #expect(end.status == 101)
      // One that does answer pings stays.
      let client = try await gateway.connect()
      let models = try await client.call("models.list")
      #expect(models["models"]?.arrayValue?.isEmpty == false)
    }
  }

  @Test("S32: many idle sockets cost nothing but themselves, and each is told what happens")
  func idleSockets() async throws {
    try await GatewayHarness.run { gateway in
      var idle: [WireConnection] = []
      for _ in 1...200 { idle.append(try await gateway.connect()) }
      let strangers = try await (1...100).asyncMap { _ in try await WireConnection.open(port: gateway.port) }
      let client = try await gateway.connect()
      #expect(try await client.call("status")["clients"] == 201)
      _ = try await client.call("chat.send", ["message": "hello"])
      for connection in idle {
        #expect(try await connection.events(through: "run.completed") == client.events)
      }
      for connection in idle + strangers { await connection.drop() }
      // A socket has left the count when its closing handshake is over on the other side too.
      while try await client.call("status")["clients"] != 1 {}
    }
  }

  @Test("more waiting sends than a connection may have are refused, and none is lost")
  func manySends() async throws {
    let models = try await FakeModelServer.start()
    let gate = FakeGate()
    models.respond { FakeReply.text("echo: \($0.lastUserText)").held(by: gate) }
    try await GatewayHarness.run(models: models, set: { $0.set(Settings.maxWaitingRuns, to: 8) }) { gateway in
      let client = try await gateway.connect()
      let ids = (1...12).map { number in
        client.request("chat.send", ["message": "m", "sessionKey": .string("agent:default:s\(number)")])
      }
      for id in ids.suffix(4) {
        #expect(try await client.response(to: id)["error"]?["code"] == "RESOURCE_EXHAUSTED")
      }
      gate.open()
      for id in ids.prefix(8) { #expect(try await client.response(to: id)["ok"] == true) }
      #expect(try await client.call("chat.send", ["message": "now there is room"])["status"] == "completed")
    }
    #expect(models.requests.count == 9)
    await models.stop()
  }
}

extension Sequence {
  fileprivate func asyncMap<T>(_ transform: (Element) async throws -> T) async rethrows -> [T] {
    var results: [T] = []
    for element in self { results.append(try await transform(element)) }
    return results
  }
}
