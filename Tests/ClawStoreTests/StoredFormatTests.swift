import ClawCore
import ClawJSON
import Testing

@testable import ClawStore

@Suite("Rows of another version", .bothEngines)
struct StoredFormatTests {
  @Test("what was asked of a run is read back, and has its defaults where the other version kept less")
  func options() throws {
    let all = RunOptions(
      stream: false, thinking: true, model: "name", candidates: [ModelReference(provider: "a", model: "b/c")],
      instructions: "be brief",
      sampling: SamplingOptions(
        temperature: 0.5, topP: 1, maxOutputTokens: 7, stop: ["x"], seed: 3, responseFormat: ["type": "json_object"]))
    #expect(try RunOptions(stored: all.stored) == all)
    #expect(try RunOptions(stored: RunOptions().stored) == RunOptions())
    #expect(try RunOptions(stored: "{}") == RunOptions())
    let newer = """
      {"stream":false,"effort":"high","sampling":{"temperature":1,"top_k":4,"stop":"x"},"models":["p/m",7]}
      """
    #expect(
      try RunOptions(stored: newer)
        == RunOptions(
          stream: false, candidates: [ModelReference(provider: "p", model: "m")],
          sampling: SamplingOptions(temperature: 1)))
    for damaged in ["", "{", "[]", "null"] {
      #expect(throws: (any Error).self) { try RunOptions(stored: damaged) }
    }
  }

  @Test("a failure is read back, and one that can't be read is an internal error")
  func failures() {
    let failure = RunFailure(code: "UNAVAILABLE", message: "down", retryAfterMs: 5, reason: "rate_limit")
    #expect(RunFailure(stored: failure.stored) == failure)
    #expect(RunFailure(stored: #"{"code":"NEW","message":"m","more":1}"#) == RunFailure(code: "NEW", message: "m"))
    for damaged in ["", "{}", "7"] { #expect(RunFailure(stored: damaged).code == "INTERNAL") }
  }

  @Test("media are kept by reference, results without any as before there were parts; both are read back")
  func media() {
    let part = MediaPart(id: .generate(at: start), kind: .image, digest: "ab", type: "image/png", size: 7)
    let (message, result) = (
      TranscriptMessage.Body.user(UserMessage(parts: [.text("see"), .media(part)])),
      TranscriptMessage.Body.tool(callID: "c", ToolResult(parts: [.text("click"), .media(part)]))
    )
    #expect(TranscriptMessage.Body(role: "user", stored: message.stored) == message)
    #expect(TranscriptMessage.Body(role: "tool", stored: result.stored) == result)
    // What a version without parts reads.
    #expect(result.stored["content"] == "click\n[image: image/png, 7 bytes]")
    let plain = TranscriptMessage.Body.tool(callID: "c", ToolResult(content: "84"))
    #expect(plain.stored["parts"] == nil)
    #expect(
      TranscriptMessage.Body(role: "tool", stored: ["call": "c", "content": "84", "error": false]) == plain)
    let newer: JSONValue = ["parts": [["media": "m", "sha256": "ab", "kind": "hologram", "type": "video/mp4"]]]
    guard case .user(let read) = TranscriptMessage.Body(role: "user", stored: newer) else { return }
    #expect(read.parts.compactMap(\.media).map(\.kind) == [.file])
  }

  @Test("a schedule is read back; one of a kind that is not known is kept as it is")
  func schedules() throws {
    for schedule in [
      Schedule.at(time: start), .every(milliseconds: 5000), .cron(expression: "@hourly", zone: "Europe/Berlin"),
    ] {
      #expect(Schedule(stored: schedule.stored) == schedule)
    }
    let text = #"{"kind":"sunrise","place":"Oslo"}"#
    let unknown = Schedule(stored: text)
    guard case .unknown("sunrise", _) = unknown else {
      Issue.record("\(unknown)")
      return
    }
    #expect(try JSONValue(parsing: unknown.stored) == JSONValue(parsing: text))
    #expect(Schedule(stored: "{") == .unknown(kind: "", .null))
  }

  @Test("an agent with a model in a form that is not known is listed, and a change of its name leaves the model")
  func agents() async throws {
    try await withStore { store in
      let agent = Agent(
        id: .generate(at: start), key: .standard, name: "old", folder: AgentFolder(path: ""), createdAt: start,
        updatedAt: start)
      #expect(try await store.tenant(acme).write { try $0.agents.add(agent) })
      let models = #"["p/m",{"effort":"high","name":"p/n"}]"#
      let statement = "UPDATE agents SET models = $3 WHERE tenant_id = $1 AND key = $2"
      let changed = try await store.database.write(as: .tenant(acme)) {
        try $0.execute(statement, [.id(acme), .id(AgentKey.standard), .text(models)])
      }
      #expect(changed == 1)
      let renamed = try await store.tenant(acme).write { transaction -> Agent? in
        guard var agent = try transaction.agents.all().first else { return nil }
        agent.name = "new"
        return try transaction.agents.update(agent) ? agent : nil
      }
      #expect(renamed?.models.first == "p/m" && renamed?.models.count == 2)
      let kept = try await store.database.write(as: .tenant(acme)) {
        try $0.execute(
          statement + " AND models = $3 AND name = 'new'", [.id(acme), .id(AgentKey.standard), .text(models)])
      }
      #expect(kept == 1)
    }
  }

  @Test("a run in a state or a lane that is not known is one that goes on, and can be ended")
  func states() async throws {
    try await withStore { store in
      let counters = try await say("a", in: address("s"), store)
      let run = RunID.generate(at: start)
      try await store.tenant(acme).write { transaction in
        _ = try transaction.runs.add(
          NewRun(
            id: run, address: address("s"), session: counters.id, source: "ws", lane: .main, options: RunOptions(),
            messageSeq: 1), at: start)
      }
      _ = try await store.database.write(as: .tenant(acme)) {
        try $0.execute(
          "UPDATE runs SET state = 'frozen', lane = 'night', source = 'telegram' WHERE tenant_id = $1 AND id = $2",
          [.id(acme), .id(run)])
      }
      let (record, places) = try await store.tenant(acme).read { transaction in
        (try transaction.runs.run(run), try transaction.runs.unfinishedHeaders(of: counters.id))
      }
      #expect(record?.state == .running && record?.lane == .main && record?.source == "telegram")
      #expect(places.map(\.id) == [run] && places.first?.isOver == false)
    }
  }

  @Test("a transcript with a row or a part that is not known is read all the same")
  func transcripts() async throws {
    try await withStore { store in
      let counters = try await say("a", in: address("s"), store)
      try await say("b", in: address("s"), store)
      try await say("c", in: address("s"), store)
      for (seq, role, body) in [
        (Int64(1), "summary", #"{"text":"what was said before","upTo":7}"#),
        (2, "user", #"{"parts":["look:",{"media":"m1"}],"mode":"steer"}"#),
      ] {
        _ = try await store.database.write(as: .tenant(acme)) {
          try $0.execute(
            "UPDATE messages SET role = $4, body = $5 WHERE tenant_id = $1 AND session_id = $2 AND seq = $3",
            [.id(acme), .id(counters.id), .integer(seq), .text(role), .text(body)])
        }
      }
      let rows = try await store.tenant(acme).read {
        try $0.messages.page(of: counters.id, before: .max, limit: 10)
      }
      #expect(rows.map(\.seq) == [1, 2, 3])
      #expect(rows.first?.body == .system("what was said before"))
      guard case .user(let message) = rows[1].body else {
        Issue.record("\(rows[1])")
        return
      }
      #expect(message.parts.count == 2 && message.parts.first == .text("look:"))
    }
  }

  @Test("an event of a type that is not known is read with its number, and so is a damaged one")
  func events() async throws {
    try await withStore { store in
      let counters = try await say("a", in: address("s"), store)
      try await log(["one", "two", "three"], in: address("s"), session: counters.id, store)
      for (seq, type, body) in [(Int64(1), "run.frozen", #"{"for":"a while"}"#), (2, "text", "{")] {
        _ = try await store.database.write(as: .tenant(acme)) {
          try $0.execute(
            "UPDATE events SET type = $4, body = $5 WHERE tenant_id = $1 AND session_id = $2 AND seq = $3",
            [.id(acme), .id(counters.id), .integer(seq), .text(type), .text(body)])
        }
      }
      let events = try await store.tenant(acme).read {
        try $0.events.events(of: counters.id, at: address("s"), after: 0, limit: 10)
      }
      #expect(
        events.map(\.body) == [
          .unknown(type: "run.frozen", payload: ["for": "a while"]), .text(""), .text("three"),
        ])
      #expect(events.map(\.seq) == [1, 2, 3])
    }
  }
}
