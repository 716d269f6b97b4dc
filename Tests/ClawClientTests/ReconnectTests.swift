import ClawJSON
import ClawProtocol
import Synchronization
import Testing

@testable import ClawClient

@Suite("Client: reconnecting", .timeLimit(.minutes(10)))
struct ReconnectTests {
  private static let health: JSONValue = ["status": "ok", "protocol": 3]
  private static let subscribed: JSONValue = ["sessionKey": "s", "headSeq": 0, "oldestSeq": 1]

  /// A policy with short delays.
  private static func soon(_ configuration: ClientConfiguration) -> ClientConfiguration {
    var configuration = configuration
    configuration.reconnect = ReconnectPolicy(firstDelay: .milliseconds(1), maxDelay: .milliseconds(5))
    return configuration
  }

  private static func event(_ peer: ScriptedServer.Peer, _ seq: Int64, session: String = "s") {
    peer.tell("brand.new", ["runId": "r", "sessionKey": .string(session)], seq: seq)
  }

  @Test("A call under way learns of the loss; the next one waits for the new connection, and both changes are told")
  func anew() async throws {
    let changes = Mutex<[ConnectionChange]>([])
    try await ScriptedServer.run { request, peer in
      if peer.number == 1 {
        peer.connection.close(code: .goingAway, reason: "restart")
      } else {
        peer.answer(request, Self.health)
      }
    } _: { configuration in
      var configuration = Self.soon(configuration)
      configuration.onConnectionChange = { change in changes.withLock { $0.append(change) } }
      try await GatewayClient.withConnection(to: configuration) { client in
        let error = await #expect(throws: ClientError.self) { try await client.call(Health.self) }
        #expect(error == .connectionLost(code: 1001, reason: "restart"))
        let health = try await client.call(Health.self)
        #expect(health.status == "ok")
      }
    }
    let told = changes.withLock { $0 }
    guard case .lost(let reason, _)? = told.first else {
      Issue.record("\(told)")
      return
    }
    #expect(reason == .connectionLost(code: 1001, reason: "restart"))
    #expect(told.last == .restored)
  }

  @Test("A gateway that is busy is asked again; one that refuses the token is not")
  func refused() async throws {
    let connects = Mutex(0)
    try await ScriptedServer.run(seesConnect: true) { request, peer in
      guard request.method == "connect" else { return peer.connection.close(code: .goingAway, reason: "") }
      connects.withLock { $0 += 1 }
      switch peer.number {
      case 1: peer.answer(request, ScriptedServer.accepted)
      case 2: peer.refuse(request, ErrorBody(code: .unavailable, message: "later", retryable: true))
      default: peer.refuse(request, ErrorBody(code: .unauthorized, message: "revoked"))
      }
    } _: { configuration in
      try await GatewayClient.withConnection(to: Self.soon(configuration)) { client in
        let events = client.events
        _ = try? await client.call(Health.self)
        let error = await #expect(throws: ClientError.self) { try await client.call(Health.self) }
        #expect(error?.code == .unauthorized)
        let ending = await #expect(throws: ClientError.self) { for try await _ in events {} }
        #expect(ending?.code == .unauthorized)
      }
    }
    #expect(connects.withLock { $0 } == 3)
  }

  @Test("It is given up when the time for it is over")
  func givenUp() async throws {
    let error = try await ScriptedServer.run(seesConnect: true) { request, peer in
      if peer.number == 1, request.method == "connect" { peer.answer(request, ScriptedServer.accepted) }
      if request.method == "health" || peer.number > 1 { peer.connection.close(code: .goingAway, reason: "") }
    } _: { configuration in
      var configuration = Self.soon(configuration)
      configuration.reconnect.giveUpAfter = .milliseconds(50)
      return try await GatewayClient.withConnection(to: configuration) { client in
        _ = try? await client.call(Health.self)
        return await #expect(throws: ClientError.self) { try await client.call(Health.self) }
      }
    }
    // The last attempt is cut off if the time limit passes before it has failed.
    #expect(error == .connectionLost(code: 1001, reason: "") || error == .connectTimeout)
  }

  @Test("The waits double up to their bound, are spread, and are no shorter than the server asks for")
  func delays() {
    let policy = ReconnectPolicy(
      firstDelay: .milliseconds(100), maxDelay: .milliseconds(350), giveUpAfter: .seconds(5))
    let lost = ClientError.connectionLost(code: 1006, reason: "")
    func delay(_ failures: Int, _ error: ClientError = lost, at elapsed: Duration = .zero, chance: Double = 0)
      -> Duration?
    {
      policy.delay(afterFailures: failures, error, trying: elapsed, chance: chance)
    }
    let full = (0...4).map { delay($0) }
    #expect(full == [100, 200, 350, 350, 350].map { .milliseconds($0) })
    #expect(delay(0, chance: 1) == .milliseconds(50))
    #expect(delay(500) == .milliseconds(350))
    let busy = ClientError.server(ErrorBody(code: .unavailable, message: "", retryAfterMs: 2000))
    #expect(delay(0, busy) == .seconds(2))
    #expect(delay(0, at: .seconds(5)) == nil)
    #expect(delay(0, .server(ErrorBody(code: .unauthorized, message: ""))) == nil)
    #expect(delay(0, .pairingRequired(code: "x")) == nil)
    #expect(ReconnectPolicy.never.delay(afterFailures: 0, lost, trying: .zero) == nil)
  }

  @Test("Lesson 2: A subscription goes on after the last event seen, without a gap or a repetition")
  func resumed() async throws {
    try await ScriptedServer.run { request, peer in
      guard request.method == "sessions.subscribe" else { return peer.answer(request, Self.health) }
      if peer.number == 1 {
        peer.answer(request, Self.subscribed)
        for seq in 1...3 { Self.event(peer, Int64(seq)) }
        peer.connection.close(code: .goingAway, reason: "")
      } else {
        #expect(request.params["afterSeq"] == 3)
        // A live event before the replay, which repeats it in order.
        Self.event(peer, 5)
        peer.answer(request, Self.subscribed)
        for seq in 4...6 { Self.event(peer, Int64(seq)) }
      }
    } _: { configuration in
      try await GatewayClient.withConnection(to: Self.soon(configuration)) { client in
        _ = try await client.subscribe(to: "s")
        var seen: [Int64] = []
        for try await event in client.events {
          seen.append(event.seq ?? 0)
          if event.seq == 6 { break }
        }
        #expect(seen == Array(1...6))
      }
    }
  }

  @Test("A session that was unsubscribed from is not resumed")
  func unsubscribed() async throws {
    let methods = Mutex<[String]>([])
    try await ScriptedServer.run { request, peer in
      if peer.number == 2 { methods.withLock { $0.append(request.method) } }
      switch request.method {
      case "sessions.subscribe": peer.answer(request, Self.subscribed)
      case "sessions.unsubscribe": peer.answer(request, ["ok": true])
      case "status": peer.connection.close(code: .goingAway, reason: "")
      default: peer.answer(request, Self.health)
      }
    } _: { configuration in
      try await GatewayClient.withConnection(to: Self.soon(configuration)) { client in
        _ = try await client.subscribe(to: "s")
        try await client.unsubscribe(from: "s")
        _ = try? await client.call(Status.self)
        _ = try await client.call(Health.self)
      }
    }
    #expect(methods.withLock { $0 } == ["health"])
  }

  @Test("What is no longer kept can't be resumed, and the events end with the server's word on it")
  func tooOld() async throws {
    let body = ErrorBody(code: .failedPrecondition, message: "too old", details: ["oldestSeq": 9])
    try await ScriptedServer.run { request, peer in
      guard peer.number == 1 else {
        return request.method == "health" ? peer.answer(request, Self.health) : peer.refuse(request, body)
      }
      peer.answer(request, Self.subscribed)
      Self.event(peer, 1)
      peer.connection.close(code: .goingAway, reason: "")
    } _: { configuration in
      try await GatewayClient.withConnection(to: Self.soon(configuration)) { client in
        _ = try await client.subscribe(to: "s")
        var seen: [Int64] = []
        let error = await #expect(throws: ClientError.self) {
          for try await event in client.events { seen.append(event.seq ?? 0) }
        }
        #expect(seen == [1])
        #expect(error == .server(body))
        _ = try await client.call(Health.self)
      }
    }
  }

  @Test("With another user's session among them, the events end with the connection; calls go on")
  func foreign() async throws {
    try await ScriptedServer.run { request, peer in
      guard request.method == "sessions.subscribe" else { return peer.answer(request, Self.health) }
      peer.answer(request, Self.subscribed)
      // Event numbers of another user's session with the same key.
      for seq in [7, 1, 8] { Self.event(peer, Int64(seq)) }
      peer.connection.close(code: .goingAway, reason: "")
    } _: { configuration in
      try await GatewayClient.withConnection(to: Self.soon(configuration)) { client in
        _ = try await client.subscribe(to: "s", userID: "bob")
        var seen: [Int64] = []
        let error = await #expect(throws: ClientError.self) {
          for try await event in client.events { seen.append(event.seq ?? 0) }
        }
        #expect(seen == [7, 1, 8])
        #expect(error == .connectionLost(code: 1001, reason: ""))
        _ = try await client.call(Health.self)
      }
    }
  }

  @Test("Closing ends the tries")
  func closed() async throws {
    let (lost, noted) = AsyncStream.makeStream(of: Void.self)
    try await ScriptedServer.run { _, peer in
      peer.connection.close(code: .goingAway, reason: "")
    } _: { configuration in
      var configuration = configuration
      configuration.reconnect = ReconnectPolicy(firstDelay: .seconds(1000), maxDelay: .seconds(1000))
      configuration.onConnectionChange = { _ in noted.yield() }
      // The end of the body cancels the wait for the next attempt.
      try await GatewayClient.withConnection(to: configuration) { client in
        _ = try? await client.call(Health.self)
        for await _ in lost { break }
      }
    }
  }
}
