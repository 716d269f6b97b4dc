import ClawCore
import ClawJSON
import ClawProtocol
import Testing

@testable import ClawServer

@Suite("Methods", .timeLimit(.minutes(10)))
struct MethodTests {
  @Test("chat.send answers with the outcome of its run")
  func completed() async throws {
    try await TestGateway.run { gateway in
      let socket = try await gateway.connected()
      let answer = try await socket.call("chat.send", ["message": "hi", "thinking": true, "model": "gpt-4o"])
      #expect(
        answer["payload"] == [
          "runId": "run-1", "sessionKey": "agent:default:ws:main", "status": "completed", "content": "hello",
          "usage": ["prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5], "iterations": 1,
        ])
      let inbound = try #require(gateway.chat.inbounds.first)
      #expect(inbound.agent == .standard && inbound.session.rawValue == "agent:default:ws:main")
      #expect(inbound.options == RunOptions(stream: true, thinking: true, model: "gpt-4o"))
      #expect(inbound.watcher == WatcherID(rawValue: 1))
    }
  }

  @Test("With wait:false chat.send answers at once")
  func accepted() async throws {
    try await TestGateway.run { gateway in
      let socket = try await gateway.connected()
      let answer = try await socket.call(
        "chat.send", ["message": "hi", "wait": false, "agentId": "helper", "idempotencyKey": "k"])
      #expect(
        answer["payload"] == ["runId": "run-1", "sessionKey": "agent:helper:ws:main", "status": "accepted"])
      #expect(gateway.chat.inbounds.first?.idempotencyKey == "k")
    }
  }

  @Test("A failed run is ok:false with its code, an aborted one ok:true with what there was")
  func otherOutcomes() async throws {
    try await TestGateway.run { gateway in
      gateway.chat.set { chat in
        chat.onOutcome = { run in
          run.rawValue == "run-1"
            ? .failed(run, RunFailure(code: "UNAVAILABLE", message: "provider down", retryAfterMs: 1500))
            : .aborted(run, "so far")
        }
      }
      let socket = try await gateway.connected()
      let failed = try await socket.call("chat.send", ["message": "hi"])
      #expect(failed["ok"] == false)
      #expect(
        failed["error"] == [
          "code": "UNAVAILABLE", "message": "provider down", "retryable": true, "retryAfterMs": 1500,
        ])
      let aborted = try await socket.call("chat.send", ["message": "hi"])
      #expect(aborted["ok"] == true)
      #expect(aborted["payload"]?["status"] == "aborted" && aborted["payload"]?["content"] == "so far")
    }
  }

  @Test(
    "What chat.send can't take is INVALID_REQUEST or NOT_FOUND",
    arguments: [
      ([:], "INVALID_REQUEST"), (["message": ""], "INVALID_REQUEST"), (["message": " \n\t"], "INVALID_REQUEST"),
      (["message": .string(String(repeating: "a", count: 256 * 1024 + 1))], "INVALID_REQUEST"),
      (["message": "m", "agentId": "A"], "INVALID_REQUEST"), (["message": "m", "sessionKey": "x"], "INVALID_REQUEST"),
      (["message": "m", "agentId": "helper", "sessionKey": "agent:default:x"], "INVALID_REQUEST"),
      (["message": "m", "idempotencyKey": ""], "INVALID_REQUEST"), (["message": "m", "model": "no"], "NOT_FOUND"),
    ] as [(JSONValue, JSONValue)])
  func refused(params: JSONValue, code: JSONValue) async throws {
    try await TestGateway.run { gateway in
      let socket = try await gateway.connected()
      #expect(try await socket.call("chat.send", params)["error"]?["code"] == code)
      #expect(gateway.chat.inbounds.isEmpty)
    }
  }

  @Test("A session key alone says which agent is meant")
  func agentOfSession() async throws {
    try await TestGateway.run { gateway in
      let socket = try await gateway.connected()
      _ = try await socket.call("chat.send", ["message": "m", "sessionKey": "agent:helper:notes"])
      #expect(gateway.chat.inbounds.first?.agent.rawValue == "helper")
    }
  }

  @Test("chat.history maps every kind of message and leaves empty fields out")
  func history() async throws {
    try await TestGateway.run { gateway in
      gateway.chat.set { chat in
        chat.onHistory = { _, limit, before in
          #expect(limit == 100 && before == 9)
          let bodies: [TranscriptMessage.Body] = [
            .user(UserMessage("hi")),
            .assistant(
              AssistantMessage(
                text: "", calls: [ToolCall(id: "c1", name: "clock", arguments: [:])], usage: TokenUsage(inputTokens: 1))
            ), .tool(callID: "c1", ToolResult(content: "noon", isError: true)), .system("note"),
          ]
          let messages = bodies.enumerated().map { index, body in
            TranscriptMessage(
              seq: Int64(index + 1), id: MessageID(unchecked: "m\(index)"), run: nil,
              createdAt: Timestamp(milliseconds: 0), body: body)
          }
          return HistoryPage(messages: messages, nextBefore: 1, resumeSeq: 12)
        }
      }
      let socket = try await gateway.connected()
      let payload = try #require(
        try await socket.call("chat.history", ["sessionKey": "agent:default:a", "before": 9])["payload"])
      let time: JSONValue = "1970-01-01T00:00:00.000Z"
      #expect(payload["resumeSeq"] == 12 && payload["nextBefore"] == 1)
      #expect(
        payload["messages"] == [
          ["seq": 1, "id": "m0", "role": "user", "content": "hi", "createdAt": time],
          [
            "seq": 2, "id": "m1", "role": "assistant", "createdAt": time,
            "tool_calls": [["id": "c1", "name": "clock", "arguments": [:]]],
            "usage": ["prompt_tokens": 1, "completion_tokens": 0, "total_tokens": 1],
          ],
          [
            "seq": 3, "id": "m2", "role": "tool", "content": "noon", "createdAt": time, "tool_call_id": "c1",
            "is_error": true,
          ],
          ["seq": 4, "id": "m3", "role": "system", "content": "note", "createdAt": time],
        ])
      for limit in [0, 501] as [JSONValue] {
        let refused = try await socket.call("chat.history", ["sessionKey": "agent:default:a", "limit": limit])
        #expect(refused["error"]?["code"] == "INVALID_REQUEST")
      }
    }
  }

  @Test("status counts the clients, and the other methods answer in their shapes")
  func systemMethods() async throws {
    try await TestGateway.run { gateway in
      let socket = try await gateway.connected()
      _ = try await gateway.socket()
      let other = try await gateway.connected(["token": .string(TestGateway.secret), "user_id": "bob"])
      let status = try #require(try await socket.call("status")["payload"])
      #expect(status["clients"] == 2 && status["version"] == "1.2.3" && status["uptimeMs"] == 5000)
      #expect(status["lanes"] == ["main": ["running": 1, "queued": 2, "limit": 4, "waiting": 0]])
      #expect(status["agents"]?[0]?["model"] == "gpt-4o" && status["agents"]?[0]?["provider"] == "openai")
      #expect(try await other.call("agent")["payload"]?["tools"] == ["clock"])
      #expect(try await other.call("agent", ["agentId": "none"])["error"]?["code"] == "NOT_FOUND")
      let models = try #require(try await other.call("models.list")["payload"])
      #expect(models["models"]?[0]?["id"] == "openai/gpt-4o")
      #expect(models["errors"] == [["provider": "broken", "message": "no answer"]])
    }
  }

  @Test("Sessions are listed, labelled and deleted")
  func sessions() async throws {
    try await TestGateway.run { gateway in
      let socket = try await gateway.connected()
      #expect(
        try await socket.call("sessions.list", ["cursor": "c"])["payload"] == ["sessions": [], "nextCursor": "c"])
      #expect(try await socket.call("sessions.list", ["limit": 201])["error"]?["code"] == "INVALID_REQUEST")
      #expect(
        try await socket.call("sessions.label", ["key": "agent:default:a", "label": "Trip"])["payload"]
          == ["ok": true, "key": "agent:default:a", "label": "Trip"])
      let long = JSONValue.string(String(repeating: "é", count: 201))
      #expect(
        try await socket.call("sessions.label", ["key": "agent:default:a", "label": long])["error"]?["code"]
          == "INVALID_REQUEST")
      #expect(gateway.sessions.labelled == ["Trip"])
      #expect(try await socket.call("sessions.delete", ["key": "agent:default:a"])["payload"] == ["ok": true])
      #expect(try await socket.call("sessions.delete", ["key": "agent:default:gone"])["error"]?["code"] == "NOT_FOUND")
    }
  }

  @Test("agents.* map what comes in and what goes out; prompts and folders are for admins")
  func agents() async throws {
    try await TestGateway.run { gateway in
      let socket = try await gateway.connected()
      let entry = try #require(try await socket.call("agents.list")["payload"]?["agents"]?[0])
      #expect(entry["id"] == "default" && entry["isDefault"] == true && entry["description"] == "helps")
      #expect(entry["workspace"] == "/tmp" && entry["prompt"] == "" && entry["models"] == [])
      let made = try await socket.call("agents.create", ["name": "new", "agentId": "", "workspace": ""])
      #expect(made["payload"] == ["ok": true, "agentId": "new", "name": "new", "workspace": "/tmp"])
      #expect(try await socket.call("agents.create", ["name": "taken"])["error"]?["code"] == "ALREADY_EXISTS")
      #expect(
        try await socket.call("agents.update", ["agentId": "helper"])["payload"] == ["ok": true, "agentId": "helper"])
      #expect(
        try await socket.call("agents.delete", ["agentId": "helper"])["payload"]
          == ["ok": true, "agentId": "helper", "filesDeleted": true, "removedBindings": 0])
    }
    let agent = try await FakeAgents().agent(
      .standard, as: Principal(tenant: .standard, user: .owner, role: .viewer, origin: .webSocket))
    let seen = AgentEntry(agent, showsAll: false)
    #expect(seen.prompt == nil && seen.workspace == nil)
  }

  @Test("Every method of the catalog is answered by the server")
  func catalog() async throws {
    try await TestGateway.run { gateway in
      let socket = try await gateway.connected()
      for name in MethodCatalog.all.map({ $0.name }) {
        let answer = try await socket.call(name)
        #expect(answer["error"]?["message"]?.stringValue?.hasPrefix("unknown method") != true, "\(name)")
      }
    }
  }

  @Test("Every method × every role, by the policy")
  func roles() {
    let rank: [MethodRole: Int] = [.any: 0, .pending: 1, .viewer: 1, .operator_: 2, .admin: 3]
    let ranks: [(Role?, Int)] = [(nil, 0), (.viewer, 1), (.operator_, 2), (.admin, 3)]
    let methods = MethodCatalog.all.map { (name: $0.name, role: $0.role) }
    for method in methods {
      for (role, held) in ranks {
        let refusal = AccessPolicy.refusal(of: method.role, named: method.name, for: role)
        let isAllowed = held >= rank[method.role, default: .max]
        #expect((refusal == nil) == isAllowed, "\(method.name) for \(String(describing: role))")
        if !isAllowed { #expect(refusal?.code == (role == nil ? .unauthorized : .forbidden)) }
      }
      let waiting = AccessPolicy.refusal(of: method.role, named: method.name, for: nil, isPending: true)
      #expect((waiting == nil) == [.any, .pending].contains(method.role))
    }
    let open = methods.filter { rank[$0.role] == 0 }.map(\.name)
    #expect(Set(open) == ["connect", "health"])
    #expect(methods.filter { $0.role == .pending }.map(\.name) == ["browser.pairing.status"])
    let deciding = ["device.pair.approve", "device.pair.revoke"]
    #expect(methods.filter { deciding.contains($0.name) }.allSatisfy { $0.role == .admin })
    let changing = ["chat.send", "chat.abort", "sessions.delete", "sessions.label"]
    #expect(methods.filter { changing.contains($0.name) }.allSatisfy { $0.role == .operator_ })
    let administering = ["agents.create", "agents.update", "agents.delete", "logs.tail"]
    #expect(methods.filter { administering.contains($0.name) }.allSatisfy { $0.role == .admin })
  }
}
