import ClawCore
import ClawJSON
import ClawProtocol
import ClawWebSocket
import Testing

@testable import ClawServer

@Suite("Events", .timeLimit(.minutes(10)))
struct EventTests {
  static let all: [(RunEvent.Body, String)] = [
    (.started(model: "m", provider: "p", source: "ws", attempt: 2), "run.started"), (.text("a\"\n\u{1}é🦀"), "chunk"),
    (.thinking("hm"), "thinking"), (.toolCall(ToolCall(id: "c", name: "n", arguments: ["a": 1])), "tool.call"),
    (.toolResult(id: "c", name: "n", isError: true, preview: "no", durationMs: 4), "tool.result"),
    (.completed(content: "", usage: TokenUsage(inputTokens: 1), iterations: 2, durationMs: 3), "run.completed"),
    (.failed(RunFailure(code: "ABORTED", message: "stopped")), "run.failed"),
    (.waiting(for: .approval, until: Timestamp(milliseconds: 7)), "run.waiting"), (.resumed, "run.resumed"),
    (.unknown(type: "run.future", payload: ["for": "approval", "runId": "other"]), "run.future"),
    (.unknown(type: "empty", payload: .null), "empty"), (.unknown(type: "plain", payload: "text"), "plain"),
  ]

  @Test("Every event has its name, seq, run, session and agent, in both dialects")
  func shapes() throws {
    for (body, name) in Self.all {
      let event = event(42, body)
      let flat = try JSONValue(parsing: String(buffer: RunEventFrame.bytes(of: event, in: .flat)))
      #expect(flat == RunEventFrame.frame(of: event, in: .flat))
      #expect(flat["type"] == "event" && flat["event"]?.stringValue == name && flat["seq"] == 42)
      let payload = try #require(flat["payload"]?.objectValue)
      #expect(payload["runId"] == "run-1" && payload["agentId"] == "default")
      #expect(payload["sessionKey"] == "agent:default:ws:main")

      let goclaw = try JSONValue(parsing: String(buffer: RunEventFrame.bytes(of: event, in: .goclaw)))
      #expect(goclaw["event"] == "agent" && goclaw["seq"] == 42)
      var inner = payload.filter { !["runId", "agentId", "sessionKey"].contains($0.key) }
      // Besides the envelope, an unknown event keeps fields with the envelope's names.
      if name == "run.future" { inner["runId"] = "other" }
      #expect(
        goclaw["payload"] == [
          "type": .string(name), "runId": "run-1", "agentId": "default", "sessionKey": "agent:default:ws:main",
          "payload": .object(inner),
        ])
    }
  }

  @Test("Payloads are what the protocol's types say")
  func payloadTypes() throws {
    func check<Payload: RunEventPayload>(_ body: RunEvent.Body, as type: Payload.Type) throws {
      let payload = try #require(RunEventFrame.frame(of: event(1, body), in: .flat)["payload"])
      #expect(try JSONValue(encoding: try payload.decode(Payload.self)) == payload)
    }
    for (body, _) in Self.all {
      switch body {
      case .started: try check(body, as: RunStartedPayload.self)
      case .text, .thinking: try check(body, as: TextPayload.self)
      case .toolCall: try check(body, as: ToolCallPayload.self)
      case .toolResult: try check(body, as: ToolResultPayload.self)
      case .waiting: try check(body, as: RunWaitingPayload.self)
      case .resumed: try check(body, as: RunResumedPayload.self)
      case .completed: try check(body, as: RunCompletedPayload.self)
      case .failed: try check(body, as: RunFailedPayload.self)
      case .unknown: break
      }
    }
  }

  @Test("The frame of a chunk is written the same way with and without the detour over a value")
  func fastPath() {
    let event = event(7, .text("x\u{0}\u{7f}\\ \u{2028}"))
    #expect(
      Array(RunEventFrame.bytes(of: event, in: .flat).readableBytesView)
        == RunEventFrame.frame(of: event, in: .flat).serialized())
  }

  @Test("Events reach connected sockets in order, each in its dialect, and the watcher goes with the connection")
  func delivery() async throws {
    try await TestGateway.run { gateway in
      let flat = try await gateway.connected()
      let goclaw = try await gateway.connected(["token": .string(TestGateway.secret), "dialect": "goclaw"])
      _ = try await flat.call("health")
      _ = try await goclaw.call("health")
      for (index, (body, _)) in Self.all.enumerated() { gateway.feed.emit(event(Int64(index + 1), body)) }
      for (index, (_, name)) in Self.all.enumerated() {
        let first = try await flat.next()
        #expect(first["event"]?.stringValue == name && first["seq"] == .integer(Int64(index + 1)))
        let second = try await goclaw.next()
        #expect(second["event"] == "agent" && second["payload"]?["type"]?.stringValue == name)
      }
      for socket in [flat, goclaw] {
        socket.connection.close(code: .normal)
        _ = await socket.connection.closed()
      }
      while gateway.feed.watcherCount > 0 { await Task.yield() }
    }
  }

  @Test("A connection watches by the time it is told that it may, and is told so before the first event")
  func greeted() async throws {
    try await TestGateway.run { gateway in
      gateway.feed.greet(with: event(1, .text("early")))
      let socket = try await gateway.connected()
      #expect(gateway.feed.watcherCount == 1)
      let first = try await socket.next()
      #expect(first["event"] == "chunk" && first["seq"] == 1)
    }
  }

  @Test("A subscription is answered first, then comes the log after the cursor")
  func subscribe() async throws {
    try await TestGateway.run { gateway in
      for seq in 1...5 { gateway.feed.emit(event(Int64(seq), .text("t\(seq)"))) }
      let socket = try await gateway.connected()
      let answer = try await socket.call(
        "sessions.subscribe", ["sessionKey": "agent:default:ws:main", "afterSeq": 2])
      #expect(answer["payload"] == ["sessionKey": "agent:default:ws:main", "headSeq": 5, "oldestSeq": 1])
      for seq in 3...5 { #expect(try await socket.next()["seq"] == .integer(Int64(seq))) }
      let beyond = try await socket.call("sessions.subscribe", ["sessionKey": "agent:default:a", "afterSeq": 9])
      #expect(beyond["error"]?["code"] == "FAILED_PRECONDITION")
      #expect(beyond["error"]?["details"] == ["oldestSeq": 1])
      let back = try await socket.call("sessions.unsubscribe", ["sessionKey": "agent:default:ws:main"])
      #expect(back["payload"] == ["ok": true])
    }
  }

  @Test("On shutdown sockets hear of it, are served while the engine drains, and are closed with 1001")
  func shutdown() async throws {
    let drained = Signal()
    try await TestGateway.run(.with { $0.drain = { await drained.wait() } }) { gateway in
      let socket = try await gateway.connected()
      await gateway.shutDown()
      let event = try await socket.next()
      #expect(event["event"] == "shutdown" && event["seq"] == nil)
      #expect(event["payload"]?["restartExpectedMs"] == 5000)
      #expect(event["payload"]?["reason"]?.stringValue?.isEmpty == false)
      #expect(try await socket.call("health")["ok"] == true)
      let status1 = try await gateway.http("GET", "/health", headers: []).status
      #expect(status1 == 200)
      drained.send()
      #expect(await socket.closeCode() == 1001)
    }
  }

  @Test("S32: A reader who does not keep up is closed with 1013, and holds up no other")
  func slowReader() async throws {
    try await TestGateway.run(.with { $0.timing.closeTimeout = .seconds(30) }) { gateway in
      let slow = try await gateway.connected()
      // Far more than the queue and the kernel's buffers can hold.
      let text = String(repeating: "a", count: 100 * 1024)
      for seq in 1...300 { gateway.feed.emit(event(Int64(seq), .text(text))) }
      let quick = try await gateway.connected()
      #expect(try await quick.call("health")["ok"] == true)
      #expect(await slow.closeCode() == 1013)
    }
  }

  @Test("Cancelling the server ends open sockets and answers in progress at once")
  func hardStop() async throws {
    let server = try TestGateway.bare(timing: ServerTiming())
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.server.run() }
      var ports = server.ports.makeAsyncIterator()
      let port = try #require(await ports.next())
      let client = WebSocketClient()
      let connection = try await client.connect(url: "ws://127.0.0.1:\(port)/ws")
      group.cancelAll()
      while await connection.nextMessage() != nil {}
      await #expect(throws: CancellationError.self) { try await group.waitForAll() }
      await #expect(throws: (any Error).self) { try await client.connect(url: "ws://127.0.0.1:\(port)/ws") }
    }
  }
}
