import ClawJSON
import ClawProtocol
import Synchronization
import Testing

@testable import ClawClient

@Suite("Client: a message and its answer", .timeLimit(.minutes(10)))
struct ReplyTests {
  private static let place: JSONObject = ["runId": "r", "sessionKey": "s", "agentId": "a"]
  private static let accepted: JSONValue = [
    "runId": "r", "sessionKey": "s", "status": "accepted",
  ]
  private static let subscribed: JSONValue = ["sessionKey": "s", "headSeq": 0, "oldestSeq": 1]

  private static func started(_ peer: ScriptedServer.Peer, _ seq: Int64) {
    peer.tell(
      "run.started",
      .object(place.merging(["model": "m", "provider": "p", "source": "websocket", "attempt": 1]) { $1 }),
      seq: seq)
  }

  private static func chunk(_ peer: ScriptedServer.Peer, _ seq: Int64, _ text: String, run: String = "r") {
    peer.tell("chunk", .object(place.merging(["content": .string(text), "runId": .string(run)]) { $1 }), seq: seq)
  }

  private static func completed(_ peer: ScriptedServer.Peer, _ seq: Int64, _ text: String) {
    let usage: JSONValue = ["prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2]
    let end: JSONObject = ["content": .string(text), "usage": usage, "iterations": 1, "durationMs": 1]
    peer.tell("run.completed", .object(place.merging(end) { $1 }), seq: seq)
  }

  private static func soon(_ configuration: ClientConfiguration) -> ClientConfiguration {
    var configuration = configuration
    configuration.reconnect = ReconnectPolicy(firstDelay: .milliseconds(1), maxDelay: .milliseconds(5))
    configuration.abortTimeout = .milliseconds(50)
    return configuration
  }

  /// Reads a reply to its end.
  private static func read(_ reply: Reply) async throws -> (seqs: [Int64], chunks: String) {
    var seqs: [Int64] = []
    var chunks = ""
    for try await event in reply {
      seqs.append(event.seq ?? 0)
      if case .chunk(let text) = event.content { chunks += text.content }
    }
    return (seqs, chunks)
  }

  @Test("The events of the run come in order from the first on, also those ahead of the answer, and no other run's")
  func events() async throws {
    let params = Mutex<JSONValue?>(nil)
    try await ScriptedServer.run { request, peer in
      params.withLock { $0 = request.params }
      Self.started(peer, 1)
      Self.chunk(peer, 2, "other", run: "q")
      Self.chunk(peer, 3, "Hel")
      peer.answer(request, Self.accepted)
      Self.chunk(peer, 4, "lo")
      Self.completed(peer, 5, "Hello")
    } _: { configuration in
      try await GatewayClient.withConnection(to: configuration) { client async throws in
        let read = try await Self.read(client.send("hi", to: "a", session: "s", thinking: true, model: "m"))
        #expect(read.seqs == [1, 3, 4, 5])
        #expect(read.chunks == "Hello")
      }
    }
    let sent = try #require(params.withLock { $0 })
    #expect(sent["message"] == "hi" && sent["agentId"] == "a" && sent["sessionKey"] == "s" && sent["model"] == "m")
    #expect(sent["thinking"] == true)
    #expect(sent["idempotencyKey"]?.stringValue?.isEmpty == false)
  }

  @Test("A message that steers goes on with the run that it has become, if the run it was for ends without reading it")
  func steered() async throws {
    for isRead in [false, true] {
      let sent = Mutex<[RequestFrame]>([])
      let failure: JSONObject = ["error": ["code": "ABORTED", "message": "stopped"]]
      try await ScriptedServer.run { request, peer in
        let count = sent.withLock { sent in
          sent.append(request)
          return sent.count { $0.method == "chat.send" }
        }
        switch request.method {
        case "chat.send" where count == 1:
          peer.answer(request, Self.accepted)
          Self.chunk(peer, 4, "Hel")
          peer.tell("run.failed", .object(Self.place.merging(failure) { $1 }), seq: 5)
          if !isRead { Self.chunk(peer, 6, "missed", run: "q") }
        case "chat.send":
          peer.answer(request, isRead ? Self.accepted : ["runId": "q", "sessionKey": "s", "status": "accepted"])
        case "sessions.subscribe":
          peer.answer(request, Self.subscribed)
          Self.chunk(peer, 6, "Hel", run: "q")
          Self.chunk(peer, 7, "lo", run: "q")
          let end: JSONObject = [
            "runId": "q", "content": "Hello", "iterations": 1, "durationMs": 1,
            "usage": ["prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2],
          ]
          peer.tell("run.completed", .object(Self.place.merging(end) { $1 }), seq: 8)
        default: break
        }
      } _: { configuration in
        try await GatewayClient.withConnection(to: configuration) { client async throws in
          if isRead {
            let error = await #expect(throws: ClientError.self) {
              try await Self.read(client.send("hi", mode: .steer))
            }
            #expect(error == .runFailed(code: "ABORTED", message: "stopped"))
          } else {
            let read = try await Self.read(client.send("hi", mode: .steer))
            #expect(read.seqs == [4, 6, 7, 8] && read.chunks == "HelHello")
          }
        }
      }
      let requests = sent.withLock { $0 }
      let sends = requests.filter { $0.method == "chat.send" }
      #expect(sends.count == 2 && sends.allSatisfy { $0.params["mode"] == "steer" })
      #expect(sends[0].params["idempotencyKey"] == sends[1].params["idempotencyKey"])
      #expect(requests.first { $0.method == "sessions.subscribe" }?.params["afterSeq"] == (isRead ? nil : 5))
    }
  }

  @Test("A message that is larger than the server takes is refused at once, and nothing of it is sent")
  func tooLarge() async throws {
    let sent = Mutex(0)
    try await ScriptedServer.run { request, peer in
      sent.withLock { $0 += 1 }
      peer.answer(request, Self.accepted)
    } _: { configuration in
      try await GatewayClient.withConnection(to: Self.soon(configuration)) { client async throws in
        let error = await #expect(throws: ClientError.self) {
          _ = try await client.send(String(repeating: "a", count: 524_288)).text()
        }
        #expect(error == .tooLarge(limit: 524_288))
      }
    }
    #expect(sent.withLock { $0 } == 0)
  }

  @Test("A message for which the server closes with 1009 is not sent again on the next connection")
  func closedTooBig() async throws {
    let sent = Mutex(0)
    try await ScriptedServer.run { request, peer in
      guard request.method == "chat.send" else { return }
      sent.withLock { $0 += 1 }
      peer.connection.close(code: .messageTooBig)
    } _: { configuration in
      try await GatewayClient.withConnection(to: Self.soon(configuration)) { client async throws in
        let error = await #expect(throws: ClientError.self) { _ = try await client.send("hi").text() }
        #expect(error == .tooLarge(limit: nil))
      }
    }
    #expect(sent.withLock { $0 } == 1)
  }

  @Test("The text is the run's, whatever was said in pieces")
  func text() async throws {
    try await ScriptedServer.run { request, peer in
      peer.answer(request, Self.accepted)
      Self.chunk(peer, 1, "void")
      Self.completed(peer, 2, "Hello")
    } _: { configuration in
      try await GatewayClient.withConnection(to: configuration) { client async throws in
        #expect(try await client.send("hi").text() == "Hello")
      }
    }
  }

  @Test("A run that fails says so in its last event and then as an error")
  func failed() async throws {
    try await ScriptedServer.run { request, peer in
      peer.answer(request, Self.accepted)
      let error: JSONValue = ["code": "UNAVAILABLE", "message": "no model"]
      peer.tell("run.failed", .object(Self.place.merging(["error": error]) { $1 }), seq: 1)
    } _: { configuration in
      try await GatewayClient.withConnection(to: configuration) { client async throws in
        var names: [String] = []
        let error = await #expect(throws: ClientError.self) {
          for try await event in client.send("hi") { names.append(event.name) }
        }
        #expect(names == ["run.failed"])
        #expect(error == .runFailed(code: "UNAVAILABLE", message: "no model"))
        #expect(error?.code == .unavailable)
      }
    }
  }

  @Test("A message that is refused throws the server's error at once")
  func refused() async throws {
    try await ScriptedServer.run { request, peer in
      peer.refuse(request, ErrorBody(code: .notFound, message: "no such agent"))
    } _: { configuration in
      try await GatewayClient.withConnection(to: configuration) { client async throws in
        let error = await #expect(throws: ClientError.self) { _ = try await client.send("hi", to: "x").text() }
        #expect(error?.code == .notFound)
      }
    }
  }

  @Test("S32: A run goes on after a lost connection where it stopped, without a gap or a repetition")
  func resumed() async throws {
    let methods = Mutex<[String]>([])
    try await ScriptedServer.run { request, peer in
      methods.withLock { $0.append(request.method) }
      if peer.number == 1 {
        peer.answer(request, Self.accepted)
        Self.started(peer, 1)
        Self.chunk(peer, 2, "Hel")
        peer.connection.close(code: .goingAway, reason: "")
      } else {
        #expect(request.params["afterSeq"] == 2)
        Self.completed(peer, 5, "Hello!")
        peer.answer(request, Self.subscribed)
        Self.chunk(peer, 3, "lo")
        Self.chunk(peer, 4, "!")
        Self.completed(peer, 5, "Hello!")
      }
    } _: { configuration in
      try await GatewayClient.withConnection(to: Self.soon(configuration)) { client async throws in
        let read = try await Self.read(client.send("hi"))
        #expect(read.seqs == [1, 2, 3, 4, 5])
        #expect(read.chunks == "Hello!")
      }
    }
    #expect(methods.withLock { $0 } == ["chat.send", "sessions.subscribe"])
  }

  @Test("S32: A message whose acceptance got lost is sent again under its key, and nothing of its run is missing")
  func resent() async throws {
    let keys = Mutex<[String?]>([])
    try await ScriptedServer.run { request, peer in
      if request.method == "chat.send" { keys.withLock { $0.append(request.params["idempotencyKey"]?.stringValue) } }
      switch (peer.number, request.method) {
      case (1, _):
        Self.started(peer, 8)
        peer.connection.close(code: .goingAway, reason: "")
      case (_, "chat.send"):
        Self.chunk(peer, 10, "live")
        peer.answer(request, Self.accepted)
      default:
        #expect(request.method == "sessions.subscribe" && request.params["afterSeq"] == 8)
        peer.answer(request, Self.subscribed)
        Self.chunk(peer, 9, "re")
        Self.chunk(peer, 10, "live")
        Self.completed(peer, 11, "relive")
      }
    } _: { configuration in
      try await GatewayClient.withConnection(to: Self.soon(configuration)) { client async throws in
        let read = try await Self.read(client.send("hi"))
        #expect(read.seqs == [8, 9, 10, 11])
        #expect(read.chunks == "relive")
      }
    }
    let sent = keys.withLock { $0 }
    #expect(sent.count == 2 && sent[0] != nil && sent[0] == sent[1])
  }

  @Test("A message that was sent before under its key gives the run that it has become, whole")
  func past() async throws {
    // The run has ended; it is in progress; it starts now.
    for (isStarted, isEnded) in [(true, true), (true, false), (false, false)] {
      let subscribed = Mutex<[JSONValue?]>([])
      try await ScriptedServer.run { request, peer in
        if request.method == "sessions.subscribe" {
          subscribed.withLock { $0.append(request.params["afterSeq"]) }
          if request.params["afterSeq"] == 0 {
            peer.refuse(request, ErrorBody(code: .failedPrecondition, message: "", details: ["oldestSeq": 5]))
          } else {
            Self.chunk(peer, 9, "too early")
            peer.answer(request, Self.subscribed)
            Self.chunk(peer, 6, "other", run: "q")
            Self.started(peer, 7)
            Self.chunk(peer, 8, "Hello")
            Self.completed(peer, 9, "Hello")
          }
        } else if request.params["wait"] == false {
          peer.answer(request, Self.accepted)
          if !isStarted { Self.started(peer, 7) }
          if !isEnded {
            Self.chunk(peer, 8, "Hello")
            Self.completed(peer, 9, "Hello")
          }
        } else {
          peer.refuse(request, ErrorBody(code: .unavailable, message: "the run failed"))
        }
      } _: { configuration in
        try await GatewayClient.withConnection(to: configuration) { client async throws in
          let read = try await Self.read(client.send("hi", idempotencyKey: "old"))
          #expect(read.seqs == [7, 8, 9])
          #expect(read.chunks == "Hello")
        }
      }
      #expect(subscribed.withLock { $0 } == (isStarted ? [0, 4] : []))
    }
  }

  @Test("Cancelling the task that reads aborts the run, also while the message is not accepted yet")
  func cancelled() async throws {
    for isAccepted in [true, false] {
      let (asked, arrived) = AsyncStream.makeStream(of: Void.self)
      let sends = Mutex(0)
      let aborted = Mutex<[JSONValue?]>([])
      try await ScriptedServer.run { request, peer in
        switch request.method {
        case "chat.send":
          let count = sends.withLock {
            $0 += 1
            return $0
          }
          if isAccepted || count > 1 { peer.answer(request, Self.accepted) }
          if isAccepted { Self.started(peer, 1) } else { arrived.yield() }
        default:
          aborted.withLock { $0.append(request.params["runId"]) }
          peer.answer(request, ["ok": true, "aborted": true, "runIds": ["r"]])
        }
      } _: { configuration in
        // No timeout that could pass, since the abort has to end it.
        var configuration = configuration
        configuration.abortTimeout = .seconds(600)
        try await GatewayClient.withConnection(to: configuration) { client async throws in
          await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
              let error = await #expect(throws: ClientError.self) {
                for try await _ in client.send("hi") { arrived.yield() }
              }
              #expect(error == .cancelled)
            }
            for await _ in asked { break }
            tasks.cancelAll()
          }
        }
      }
      #expect(aborted.withLock { $0 } == ["r"])
      #expect(sends.withLock { $0 } == (isAccepted ? 1 : 2))
    }
  }

  @Test("A gateway that does not answer an abort holds nobody up for longer than the setting says")
  func silentAbort() async throws {
    let (asked, arrived) = AsyncStream.makeStream(of: Void.self)
    try await ScriptedServer.run { request, peer in
      guard request.method == "chat.send" else { return }
      peer.answer(request, Self.accepted)
      Self.started(peer, 1)
    } _: { configuration in
      try await GatewayClient.withConnection(to: Self.soon(configuration)) { client async throws in
        await withTaskGroup(of: Void.self) { tasks in
          tasks.addTask {
            let error = await #expect(throws: ClientError.self) {
              for try await _ in client.send("hi") { arrived.yield() }
            }
            #expect(error == .cancelled)
          }
          for await _ in asked { break }
          tasks.cancelAll()
        }
      }
    }
  }

  @Test("A reader who stops leaves the run alone")
  func left() async throws {
    let methods = Mutex<[String]>([])
    try await ScriptedServer.run { request, peer in
      methods.withLock { $0.append(request.method) }
      guard request.method == "chat.send" else { return peer.answer(request, ["status": "ok", "protocol": 3]) }
      peer.answer(request, Self.accepted)
      Self.started(peer, 1)
    } _: { configuration in
      try await GatewayClient.withConnection(to: configuration) { client async throws in
        for try await _ in client.send("hi") { break }
        _ = try await client.call(Health.self)
      }
    }
    #expect(methods.withLock { $0 } == ["chat.send", "health"])
  }

  @Test("A reply has one reader")
  func once() async throws {
    let sends = Mutex(0)
    try await ScriptedServer.run { request, peer in
      sends.withLock { $0 += 1 }
      peer.answer(request, Self.accepted)
      Self.completed(peer, 1, "Hello")
    } _: { configuration in
      try await GatewayClient.withConnection(to: configuration) { client async throws in
        let reply = client.send("hi")
        #expect(try await reply.text() == "Hello")
        await #expect(throws: ClientError.self) { try await reply.text() }
      }
    }
    #expect(sends.withLock { $0 } == 1)
  }

  @Test("A run whose events are no longer kept ends with the server's word on it")
  func tooOld() async throws {
    let body = ErrorBody(code: .failedPrecondition, message: "too old", details: ["oldestSeq": 9])
    try await ScriptedServer.run { request, peer in
      guard peer.number == 1 else { return peer.refuse(request, body) }
      peer.answer(request, Self.accepted)
      Self.started(peer, 1)
      peer.connection.close(code: .goingAway, reason: "")
    } _: { configuration in
      try await GatewayClient.withConnection(to: Self.soon(configuration)) { client async throws in
        let error = await #expect(throws: ClientError.self) { try await Self.read(client.send("hi")) }
        #expect(error == .server(body))
      }
    }
  }
}
