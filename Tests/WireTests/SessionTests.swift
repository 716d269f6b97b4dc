import ClawJSON
import ClawTesting
import Testing

@Suite("Sessions")
struct SessionTests {
  private static func fill(_ client: WireConnection, _ count: Int) async throws {
    for number in 1...count {
      _ = try await client.call(
        "chat.send", ["message": .string("m\(number)"), "sessionKey": .string("agent:default:s\(number)")])
    }
  }

  private static func keys(_ page: JSONValue) -> [String] {
    page["sessions"]?.arrayValue?.compactMap { $0["key"]?.stringValue } ?? []
  }

  @Test("the list has every session once, newest first, page by page")
  func paging() async throws {
    try await GatewayHarness.run { gateway in
      let client = try await gateway.connect()
      try await Self.fill(client, 7)
      let all = try await client.call("sessions.list")
      let expected = (1...7).reversed().map { "agent:default:s\($0)" }
      #expect(Self.keys(all) == expected)
      #expect(all["nextCursor"] == nil || all["nextCursor"]?.isNull == true)
      var found: [String] = []
      var cursor: JSONValue?
      var pages = 0
      repeat {
        var params: JSONValue = ["limit": 3]
        params["cursor"] = cursor
        let page = try await client.call("sessions.list", params)
        found += Self.keys(page)
        cursor = page["nextCursor"].flatMap { $0.isNull ? nil : $0 }
        pages += 1
      } while cursor != nil && pages < 10
      #expect(found == expected)
      #expect(pages == 3)
      // An exactly full page is the last one.
      let full = try await client.call("sessions.list", ["limit": 7])
      #expect(full["nextCursor"] == nil || full["nextCursor"]?.isNull == true)
      // A message moves its session to the top.
      _ = try await client.call("chat.send", ["message": "again", "sessionKey": "agent:default:s3"])
      #expect(Self.keys(try await client.call("sessions.list", ["limit": 1])) == ["agent:default:s3"])
      for wrong in [["limit": 0], ["limit": 201], ["limit": "x"], ["cursor": "nonsense"], ["agentId": ""]]
        as [JSONValue]
      {
        #expect(try await client.failure("sessions.list", wrong)["code"] == "INVALID_REQUEST", "\(wrong)")
      }
    }
  }

  @Test("a session in the list says what it is")
  func members() async throws {
    let models = try await FakeModelServer.start()
    let gate = FakeGate()
    try await GatewayHarness.run(models: models) { gateway in
      let client = try await gateway.connect(user: "ann")
      let key: JSONValue = "agent:default:ws:main"
      _ = try await client.call("chat.send", ["message": "hello"])
      _ = try await client.call("sessions.label", ["key": key, "label": "First"])
      let session = try #require(try await client.call("sessions.list")["sessions"]?[0])
      #expect(
        Set(session.objectValue?.keys ?? JSONObject().keys) == [
          "key", "agentId", "userId", "label", "channel", "messageCount", "model", "inputTokens", "outputTokens",
          "created", "updated", "isRunning",
        ])
      #expect(session["key"] == key)
      #expect(session["agentId"] == "default")
      #expect(session["userId"] == "ann")
      #expect(session["label"] == "First")
      #expect(session["channel"] == "ws")
      #expect(session["messageCount"] == 2)
      #expect(session["model"] == "fake-large")
      #expect(session["inputTokens"] == 11)
      #expect(session["outputTokens"] == 7)
      #expect(session["isRunning"] == false)
      models.enqueue(FakeReply.text("slow").held(by: gate))
      let id = client.request("chat.send", ["message": "wait"])
      await models.received(2)
      #expect(try await client.call("sessions.list")["sessions"]?[0]?["isRunning"] == true)
      gate.open()
      _ = try await client.response(to: id)
      let after = try await client.call("sessions.list")["sessions"]?[0]
      #expect(after?["isRunning"] == false)
      #expect(after?["messageCount"] == 4)
      #expect(after?["inputTokens"] == 22)
    }
    await models.stop()
  }

  @Test("the list can be searched by key and label, and narrowed to an agent")
  func search() async throws {
    try await GatewayHarness.run { gateway in
      let client = try await gateway.connect()
      try await Self.fill(client, 3)
      _ = try await client.call("sessions.label", ["key": "agent:default:s2", "label": "Holiday 100% _plan_"])
      let searches: [(String, [String])] = [
        ("Holiday", ["agent:default:s2"]), ("holiday", ["agent:default:s2"]), ("100%", ["agent:default:s2"]),
        ("_plan_", ["agent:default:s2"]), ("default:s3", ["agent:default:s3"]), ("%", ["agent:default:s2"]),
        ("nothing like it", []), ("' OR 1=1 --", []),
      ]
      for (query, expected) in searches {
        let page = try await client.call("sessions.list", ["query": .string(query)])
        #expect(Self.keys(page) == expected, "\(query)")
      }
      #expect(Self.keys(try await client.call("sessions.list", ["agentId": "default"])).count == 3)
      #expect(Self.keys(try await client.call("sessions.list", ["agentId": "other"])).isEmpty)
    }
  }

  @Test("a label has at most 200 characters, whatever they are made of, and an empty one clears it")
  func labels() async throws {
    try await GatewayHarness.run { gateway in
      let client = try await gateway.connect()
      try await Self.fill(client, 1)
      let key: JSONValue = "agent:default:s1"
      for label in ["Plain", String(repeating: "👩🏽‍🚀", count: 200), String(repeating: "é", count: 200), ""] {
        let answer = try await client.call("sessions.label", ["key": key, "label": .string(label)])
        #expect(answer == ["ok": true, "key": key, "label": .string(label)])
        #expect(try await client.call("sessions.list")["sessions"]?[0]?["label"] == .string(label))
      }
      for wrong in [
        ["key": key], ["label": "x"], ["key": key, "label": .string(String(repeating: "x", count: 201))],
        ["key": key, "label": "two\nlines"], ["key": "s1", "label": "x"], ["key": key, "label": 7],
      ] as [JSONValue] {
        #expect(try await client.failure("sessions.label", wrong)["code"] == "INVALID_REQUEST", "\(wrong)")
      }
      let missing: JSONValue = ["key": "agent:default:no", "label": "x"]
      #expect(try await client.failure("sessions.label", missing)["code"] == "NOT_FOUND")
    }
  }

  @Test("a deleted session is gone with all it held, and its run with it")
  func deletion() async throws {
    let models = try await FakeModelServer.start()
    models.enqueue(FakeReply.text("one two").stalling(after: 1, FakeGate()))
    try await GatewayHarness.run(models: models) { gateway in
      let client = try await gateway.connect()
      let key: JSONValue = "agent:default:ws:main"
      let id = client.request("chat.send", ["message": "count"])
      let queued = client.request("chat.send", ["message": "and then"])
      let begun = try await client.events(through: "chunk")
      let first = try #require(models.requests.first)
      #expect(try await client.call("sessions.delete", ["key": key]) == ["ok": true])
      await models.clientClosed(first)
      for request in [id, queued] {
        let response = try await client.response(to: request)
        #expect(response["payload"]?["status"] == "aborted" || response["error"]?["code"] == "NOT_FOUND")
      }
      let run = begun[0]["payload"]?["runId"]
      let ended = client.events.filter { $0["event"] == "run.failed" && $0["payload"]?["runId"] == run }
      #expect(ended.count == 1)
      let head = try #require(client.events.seqs.max())
      let history = try await client.call("chat.history", ["sessionKey": key])
      #expect(history["messages"] == [])
      #expect(history["resumeSeq"] == .integer(Int64(head)))
      #expect(Self.keys(try await client.call("sessions.list")).isEmpty)
      #expect(try await client.call("status")["sessions"] == 0)
      for (method, params) in [
        ("sessions.delete", ["key": key]), ("sessions.label", ["key": key, "label": "x"]),
        ("chat.abort", ["sessionKey": key]),
      ] as [(String, JSONValue)] {
        #expect(try await client.failure(method, params)["code"] == "NOT_FOUND", "\(method)")
      }
      client.forgetEvents()
      #expect(try await client.call("chat.send", ["message": "anew"])["content"] == "echo: anew")
      #expect(client.events.seqs.first == head + 1)
      #expect(models.requests.last?.messages.count { $0["role"] == "user" } == 1)
      let session = try await client.call("sessions.list")["sessions"]?[0]
      #expect(session?["messageCount"] == 2)
      #expect(session?["inputTokens"] == 11)
      #expect(session?["label"] == "")
    }
    #expect(models.violations.isEmpty)
    await models.stop()
  }

  @Test("history is read backwards, page by page, with every message once")
  func history() async throws {
    try await GatewayHarness.run { gateway in
      let client = try await gateway.connect()
      let key: JSONValue = "agent:default:ws:main"
      for number in 1...5 { _ = try await client.call("chat.send", ["message": .string("m\(number)")]) }
      let all = try await client.call("chat.history", ["sessionKey": key])
      let messages = try #require(all["messages"]?.arrayValue)
      #expect(messages.count == 10)
      #expect(messages.compactMap { $0["seq"]?.intValue } == Array(1...10))
      #expect(messages.map { $0["role"] } == Array(repeating: ["user", "assistant"], count: 5).flatMap { $0 })
      #expect(Set(messages.map { $0["id"] }).count == 10)
      for message in messages {
        #expect(message["createdAt"]?.stringValue?.hasSuffix("Z") == true)
        #expect(message["runId"] != nil)
        #expect(message.objectValue?.values.contains { $0.isNull } == false)
      }
      var found: [JSONValue] = []
      var before: JSONValue?
      repeat {
        var params: JSONValue = ["sessionKey": key, "limit": 4]
        params["before"] = before
        let page = try await client.call("chat.history", params)
        found = (page["messages"]?.arrayValue ?? []) + found
        before = page["nextBefore"].flatMap { $0.isNull ? nil : $0 }
      } while before != nil && found.count < 20
      #expect(found == messages)
      for wrong in [
        [:], ["sessionKey": "x"], ["sessionKey": key, "limit": 0], ["sessionKey": key, "limit": 501],
        ["sessionKey": key, "before": "x"],
      ] as [JSONValue] {
        #expect(try await client.failure("chat.history", wrong)["code"] == "INVALID_REQUEST", "\(wrong)")
      }
    }
  }
}
