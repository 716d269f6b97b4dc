import ClawJSON
import ClawProtocol
import Synchronization
import Testing

@testable import ClawClient

extension ClientError {
  /// The name of the case.
  fileprivate var kind: String {
    Mirror(reflecting: self).children.first?.label ?? ""
  }
}

extension ServerEvent.Content {
  /// The text of the events used in these tests.
  fileprivate var text: String? {
    switch self {
    case .chunk(let payload): payload.content
    case .shutdown(let payload): payload.reason
    default: nil
    }
  }
}

@Suite("Client", .timeLimit(.minutes(10)))
struct GatewayClientTests {
  private static let place: JSONObject = ["runId": "r", "sessionKey": "s", "agentId": "a"]

  @Test("Connecting says who it is, and gives what the server said")
  func connect() async throws {
    let params = Mutex<JSONValue?>(nil)
    try await ScriptedServer.run(seesConnect: true) { request, peer in
      params.withLock { $0 = request.params }
      peer.answer(request, ScriptedServer.accepted)
    } _: { configuration in
      var configuration = configuration
      configuration.userID = "alice"
      try await GatewayClient.withConnection(to: configuration) { client in
        #expect(client.server.role == "admin")
        #expect(client.server.connection_id == "c1")
      }
    }
    let sent = params.withLock { $0 }
    #expect(sent?["token"] == "secret")
    #expect(sent?["user_id"] == "alice")
    #expect(sent?["protocol"] == 3)
    #expect(sent?["dialect"] == "swiftclaw")
  }

  @Test("A refused token is the server's typed error")
  func refused() async throws {
    let error = try await ScriptedServer.run(seesConnect: true) { request, peer in
      peer.refuse(request, ErrorBody(code: .unauthorized, message: "no", retryAfterMs: 5))
      peer.connection.close(code: .policyViolation)
    } _: { configuration in
      await #expect(throws: ClientError.self) {
        try await GatewayClient.withConnection(to: configuration) { _ in Issue.record("not connected") }
      }
    }
    #expect(error?.code == .unauthorized)
    guard case .server(let body) = error else { return }
    #expect(body.retryAfterMs == 5)
  }

  @Test("A device that waits for approval learns its code")
  func pairing() async throws {
    let error = try await ScriptedServer.run(seesConnect: true) { request, peer in
      peer.answer(request, ["protocol": 3, "status": "pending_pairing", "pairing_code": "ABCD2345"])
    } _: { configuration in
      await #expect(throws: ClientError.self) {
        try await GatewayClient.withConnection(to: configuration) { _ in }
      }
    }
    #expect(error == .pairingRequired(code: "ABCD2345"))
  }

  @Test("A server that does not answer connect is given up in time")
  func connectTimeout() async throws {
    let error = try await ScriptedServer.run(seesConnect: true) { _, _ in
    } _: { configuration in
      var configuration = configuration
      configuration.connectTimeout = .milliseconds(200)
      return await #expect(throws: ClientError.self) {
        try await GatewayClient.withConnection(to: configuration) { _ in }
      }
    }
    #expect(error == .connectTimeout)
  }

  @Test("Nobody there is said as it is")
  func nobody() async {
    let error = await #expect(throws: ClientError.self) {
      try await GatewayClient.withConnection(to: ClientConfiguration(url: "ws://127.0.0.1:1/ws")) { _ in }
    }
    #expect(error?.kind == "cannotConnect")
  }

  @Test("Many calls are under way at once, and each gets its own answer in whatever order they come")
  func manyCalls() async throws {
    let waiting = Mutex<[(RequestFrame, ScriptedServer.Peer)]>([])
    try await ScriptedServer.run { request, peer in
      // All are answered when the last one has arrived, in reverse order.
      let all = waiting.withLock { waiting -> [(RequestFrame, ScriptedServer.Peer)] in
        waiting.append((request, peer))
        return waiting.count == 100 ? waiting.reversed() : []
      }
      for (request, peer) in all {
        peer.answer(request, ["ok": true, "key": request.params["key"] ?? .null, "label": ""])
      }
    } _: { configuration in
      try await GatewayClient.withConnection(to: configuration) { client in
        let matches = try await withThrowingTaskGroup(of: Bool.self) { tasks in
          for number in 0..<100 {
            tasks.addTask {
              let answer = try await client.call(SessionsLabel.self, .init(key: "k\(number)", label: ""))
              return answer.key == "k\(number)"
            }
          }
          return try await tasks.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(matches == 100)
      }
    }
  }

  @Test("An error of the server keeps its code, details and hints")
  func serverError() async throws {
    let body = ErrorBody(
      code: .failedPrecondition, message: "too old", details: ["oldestSeq": 7], retryable: false, retryAfterMs: nil)
    try await ScriptedServer.run { request, peer in
      peer.refuse(request, body)
    } _: { configuration in
      try await GatewayClient.withConnection(to: configuration) { client in
        let error = await #expect(throws: ClientError.self) { try await client.subscribe(to: "s", after: 1) }
        #expect(error == .server(body))
      }
    }
  }

  @Test("An answer of another shape is unreadable, and the connection goes on")
  func wrongShape() async throws {
    try await ScriptedServer.run { request, peer in
      peer.answer(request, request.method == "health" ? ["status": "ok", "protocol": 3] : ["nothing": "here"])
    } _: { configuration in
      try await GatewayClient.withConnection(to: configuration) { client in
        let error = await #expect(throws: ClientError.self) { try await client.call(SessionsList.self, .init()) }
        #expect(error?.kind == "unreadable")
        let health = try await client.call(Health.self)
        #expect(health.status == "ok")
      }
    }
  }

  @Test("Events come typed, numbered and in order; unknown ones keep their payload")
  func events() async throws {
    try await ScriptedServer.run { request, peer in
      peer.answer(request, ["sessionKey": "s", "headSeq": 0, "oldestSeq": 1])
      for seq in 1...500 {
        peer.tell("chunk", .object(Self.place.merging(["content": "\(seq)"]) { $1 }), seq: Int64(seq))
      }
      peer.tell("brand.new", ["x": 1])
      peer.tell("shutdown", ["reason": "restart", "restartExpectedMs": 5])
    } _: { configuration in
      try await GatewayClient.withConnection(to: configuration) { client in
        let info = try await client.subscribe(to: "s", after: 0)
        #expect(info.headSeq == 0)
        var events = client.events.makeAsyncIterator()
        for seq in 1...500 {
          let event = try #require(await events.next())
          #expect(event.seq == Int64(seq))
          #expect(event.content.text == "\(seq)")
        }
        let unknown = try #require(await events.next())
        #expect(unknown.name == "brand.new" && unknown.seq == nil && unknown.payload["x"] == 1)
        #expect(unknown.content.text == nil)
        let last = try await events.next()
        #expect(last?.content.text == "restart")
      }
    }
  }

  @Test("S32: A reader that is too slow for its bound gets what was kept and then an error, never a gap")
  func overflow() async throws {
    try await ScriptedServer.run { request, peer in
      guard request.method == "sessions.subscribe" else {
        return peer.answer(request, ["status": "ok", "protocol": 3])
      }
      peer.answer(request, ["sessionKey": "s", "headSeq": 0, "oldestSeq": 1])
      for seq in 1...20 { peer.tell("brand.new", seq: Int64(seq)) }
    } _: { configuration in
      var configuration = configuration
      configuration.maxWaitingEvents = 10
      try await GatewayClient.withConnection(to: configuration) { client in
        _ = try await client.subscribe(to: "s")
        // Its response follows the events, so all of them have arrived by then. Calls still work.
        _ = try await client.call(Health.self)
        var seen: [Int64] = []
        let error = await #expect(throws: ClientError.self) {
          for try await event in client.events { seen.append(event.seq ?? 0) }
        }
        #expect(seen == Array(1...10))
        #expect(error?.kind == "overflow")
        _ = try await client.call(Health.self)
      }
    }
  }

  @Test("Events that nobody asked for are not kept")
  func unwanted() async throws {
    try await ScriptedServer.run { request, peer in
      for seq in 1...100 { peer.tell("brand.new", seq: Int64(seq)) }
      peer.answer(request, ["status": "ok", "protocol": 3])
    } _: { configuration in
      var configuration = configuration
      configuration.maxWaitingEvents = 10
      try await GatewayClient.withConnection(to: configuration) { client in
        for _ in 0..<3 {
          let health = try await client.call(Health.self)
          #expect(health.status == "ok")
        }
      }
    }
  }

  @Test("Without reconnecting, waiting calls, later calls and the events learn of the loss with the server's reason")
  func lost() async throws {
    try await ScriptedServer.run { _, peer in
      peer.connection.close(code: .goingAway, reason: "bye")
    } _: { configuration in
      var configuration = configuration
      configuration.reconnect = .never
      try await GatewayClient.withConnection(to: configuration) { client in
        let events = client.events
        let lost = ClientError.connectionLost(code: 1001, reason: "bye")
        for _ in 0..<2 {
          let error = await #expect(throws: ClientError.self) { try await client.call(Health.self) }
          #expect(error == lost)
        }
        let error = await #expect(throws: ClientError.self) { for try await _ in events {} }
        #expect(error == lost)
      }
    }
  }

  @Test("Something that is no frame ends the connection")
  func garbage() async throws {
    try await ScriptedServer.run { _, peer in
      peer.connection.send(text: "{\"type\":\"what\"}")
    } _: { configuration in
      try await GatewayClient.withConnection(to: configuration) { client in
        let error = await #expect(throws: ClientError.self) { try await client.call(Health.self) }
        #expect(error?.kind == "unreadable")
      }
    }
  }

  @Test("Closing ends the events without an error, and the closure's value comes back")
  func close() async throws {
    let value = try await ScriptedServer.run { _, _ in
    } _: { configuration in
      try await GatewayClient.withConnection(to: configuration) { client in
        let events = client.events
        client.close()
        var count = 0
        for try await _ in events { count += 1 }
        return "done \(count)"
      }
    }
    #expect(value == "done 0")
  }

  @Test("A cancelled call stops waiting, and the connection goes on")
  func cancelled() async throws {
    let (asked, arrived) = AsyncStream.makeStream(of: Void.self)
    try await ScriptedServer.run { request, peer in
      if request.method == "status" { arrived.yield() } else { peer.answer(request, ["status": "ok", "protocol": 3]) }
    } _: { configuration in
      try await GatewayClient.withConnection(to: configuration) { client in
        await withTaskGroup(of: Void.self) { tasks in
          tasks.addTask {
            let error = await #expect(throws: ClientError.self) { try await client.call(Status.self) }
            #expect(error == .cancelled)
          }
          for await _ in asked { break }
          tasks.cancelAll()
        }
        let health = try await client.call(Health.self)
        #expect(health.status == "ok")
      }
    }
  }

  @Test("No more calls than allowed wait at the same time")
  func tooMany() async throws {
    let (asked, arrived) = AsyncStream.makeStream(of: Void.self)
    try await ScriptedServer.run { request, peer in
      if request.method == "status" { arrived.yield() }
    } _: { configuration in
      var configuration = configuration
      configuration.maxCallsInFlight = 1
      try await GatewayClient.withConnection(to: configuration) { client in
        await withTaskGroup(of: Void.self) { tasks in
          tasks.addTask { _ = try? await client.call(Status.self) }
          for await _ in asked { break }
          let error = await #expect(throws: ClientError.self) { try await client.call(Health.self) }
          #expect(error?.kind == "overflow")
          tasks.cancelAll()
        }
      }
    }
  }
}
