import ClawCore
import ClawJSON
import ClawTesting
import PostgresTesting
import Testing

extension NodeTests {
  /// A node that writes events and fields unknown to the other, see `NewerFormat`.
  @Suite("Nodes of two versions")
  struct VersionTests {
    private static let session: JSONValue = "agent:default:ws:main"

    private struct Versions: Sendable {
      let older: GatewayHarness
      let newer: GatewayProcess
      let directory: TemporaryDirectory
    }

    private static func run(
      _ news: News, _ models: FakeModelServer, older: [String: String] = [:],
      _ body: @escaping @Sendable (Versions) async throws -> Void
    ) async throws {
      let directory = try TemporaryDirectory(isOnPostgres: true)
      let lease = ["SWIFTCLAW_RUNS_LEASE": "1s"]
      let looking = ["SWIFTCLAW_STORE_POSTGRES_NOTIFY": "off", "SWIFTCLAW_RUNS_POLL_INTERVAL": "30ms"]
      let newer = try await GatewayProcess.start(
        in: directory, models: models,
        environment: ["SWIFTCLAW_WRITE_NEWER": "1"].merging(lease) { $1 }
          .merging(news == .looking ? looking : ["SWIFTCLAW_RUNS_POLL_INTERVAL": "3000s"]) { $1 })
      if news == .hints { #expect(await newer.hasLogged("node.listening")) }
      try await GatewayHarness.run(
        in: directory, models: models, environment: lease.merging(older) { $1 }, set: { news.set(in: &$0) }
      ) { gateway in
        while news == .hints, !gateway.log.lines.contains(where: { $0.contains("node.listening") }) {
          await Task.yield()
        }
        try await body(Versions(older: gateway, newer: newer, directory: directory))
        // None of it is an error.
        for level in ["error", "critical"] {
          #expect(!gateway.log.lines.contains { $0.contains(#""level":"\#(level)""#) })
        }
      }
      await newer.killNow()
    }

    /// Converts an event of the dialect `goclaw`.
    private static func flat(_ event: JSONValue) throws -> JSONValue {
      #expect(event["event"] == "agent")
      var payload = try #require(event["payload"]?.objectValue)
      var frame = event
      frame["event"] = payload.removeValue(forKey: "type")
      let inner = payload.removeValue(forKey: "payload")?.objectValue ?? [:]
      frame["payload"] = .object(payload.merging(inner) { known, _ in known })
      return frame
    }

    @Test(
      "what only the other version knows comes with its number, live and again, in both dialects",
      arguments: News.allCases)
    func watching(news: News) async throws {
      let models = try await FakeModelServer.start()
      let gate = FakeGate()
      models.enqueue(FakeReply.text("one two three").stalling(after: 1, gate))
      try await Self.run(news, models) { versions in
        let there = try await versions.newer.connect()
        let automatic = try await versions.older.connect()
        let subscriber = try await versions.older.connect()
        let goclaw = try await versions.older.connect(dialect: "goclaw")
        try await subscriber.subscribe(to: Self.session, after: 0)
        let id = there.request("chat.send", ["message": "count"])
        var expected = try await there.events(through: "chunk")
        // The run is held until all of this was delivered.
        var live = [try await automatic.events(through: "chunk"), try await subscriber.events(through: "chunk"), []]
        while live[2].count < expected.count { live[2].append(try Self.flat(try await goclaw.event())) }
        gate.open()
        expected += try await there.events(through: "run.completed")
        #expect(try await there.response(to: id)["ok"] == true)
        live[0] += try await automatic.events(through: "run.completed")
        live[1] += try await subscriber.events(through: "run.completed")
        while live[2].count < expected.count { live[2].append(try Self.flat(try await goclaw.event())) }
        #expect(expected.seqs == Array(1...expected.count))
        #expect(expected.names.filter { $0 == NewerFormat.eventType }.count >= 2)
        for seen in live { #expect(seen == expected) }

        for seen in 0..<expected.count {
          let again = try await versions.older.connect()
          try await again.subscribe(to: Self.session, after: seen)
          #expect(try await again.events(through: "run.completed") == Array(expected.dropFirst(seen)))
          let other = try await versions.older.connect(dialect: "goclaw")
          try await other.subscribe(to: Self.session, after: seen)
          for event in expected.dropFirst(seen) { #expect(try Self.flat(try await other.event()) == event) }
          await again.drop()
          await other.drop()
        }
      }
      #expect(models.violations.isEmpty)
      await models.stop()
    }

    @Test(
      "a request over HTTP whose run the other version does is answered whole", arguments: News.allCases, [true, false])
    func overHTTP(news: News, isStreamed: Bool) async throws {
      let models = try await FakeModelServer.start()
      let gate = FakeGate()
      models.respond { request in
        request.lastUserText == "hold" ? FakeReply.text("held it").stalling(after: 1, gate) : .text("one two three")
      }
      try await Self.run(news, models, older: ["SWIFTCLAW_LANES_MAIN": "1"]) { versions in
        let client = try await versions.older.connect()
        // The only slot of the older node is taken, so the request's run is the newer one's. A message that arrives
        // while that slot is reserved for another poll goes to the newer one, whose events show it.
        var (held, isOlders) = ([Int64](), false)
        while !isOlders {
          held.append(client.request("chat.send", ["message": "hold", "sessionKey": "agent:default:\(held.count)"]))
          isOlders = try await !client.events(through: "chunk").names.contains(NewerFormat.eventType)
        }
        let key = "agent:default:http"
        let body: JSONValue = ["messages": [["role": "user", "content": "count"]], "stream": .bool(isStreamed)]
        let text = body.serializedString()
        let answer = try await RawHTTP.send(
          port: versions.older.port,
          "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(versions.older.token)\r\n"
            + "X-SwiftClaw-Session: \(key)\r\nContent-Type: application/json\r\nConnection: close\r\n"
            + "Content-Length: \(text.utf8.count)\r\n\r\n\(text)")
        #expect(answer.status == 200 && !answer.body.contains(NewerFormat.eventType))
        if isStreamed {
          let chunks = answer.body.split(whereSeparator: \.isNewline).compactMap {
            $0.hasPrefix("data: {") ? try? JSONValue(parsing: String($0.dropFirst(6))) : nil
          }
          let pieces = chunks.compactMap { $0["choices"]?[0]?["delta"]?["content"]?.stringValue }
          #expect(pieces.joined() == "one two three" && answer.body.contains("data: [DONE]"))
        } else {
          #expect(answer.body.contains(#""content":"one two three""#))
        }
        let watcher = try await versions.older.connect()
        try await watcher.subscribe(to: .string(key), after: 0)
        let events = try await watcher.events(through: "run.completed")
        #expect(events.names.contains(NewerFormat.eventType) && events.seqs == Array(1...events.count))
        gate.open()
        for id in held { #expect(try await client.response(to: id)["ok"] == true) }
      }
      #expect(models.violations.isEmpty)
      await models.stop()
    }

    @Test("runs of a node of another version that is gone are finished, and its rows stay as it wrote them")
    func takenOver() async throws {
      let models = try await FakeModelServer.start()
      models.enqueue(FakeReply.text("never").stalling(after: 1, FakeGate()), .text("taken over"), .text("and on"))
      try await Self.run(.looking, models) { versions in
        let there = try await versions.newer.connect()
        _ = try await there.call(
          "cron.create", ["name": "n", "schedule": ["kind": "every", "everyMs": 3_600_000], "message": "m"])
        let watcher = try await versions.older.connect()
        try await watcher.subscribe(to: Self.session, after: 0)
        for message in ["first", "second"] {
          _ = try await there.call("chat.send", ["message": .string(message), "wait": false])
        }
        var events = try await watcher.events(through: "chunk")
        let database = try await versions.directory.postgres()
        await versions.newer.killNow()
        // All of it is kept; the older node's rows come in addition.
        let kept = try Self.rows(of: database)
        #expect(kept.filter { $0.contains("futureField") }.count >= 6)
        events += try await watcher.events(through: "run.completed")
        events += try await watcher.events(through: "run.completed")
        #expect(events.seqs == Array(1...events.count))
        let answers = events.filter { $0["event"] == "run.completed" }.map { $0["payload"]?["content"] ?? .null }
        #expect(answers == ["taken over", "and on"])
        let history = try await watcher.call("chat.history", ["sessionKey": Self.session])
        let texts = history["messages"]?.arrayValue?.compactMap { $0["content"]?.stringValue }
        #expect(texts == ["first", "second", "taken over", "and on"])
        let job = try await watcher.call("cron.list")["jobs"]?[0]
        #expect(job?["schedule"]?["everyMs"] == 3_600_000)
        _ = try await watcher.call("cron.toggle", ["jobId": job?["id"] ?? .null, "enabled": false])
        #expect(Set(try Self.rows(of: database)).isSuperset(of: kept))
      }
      #expect(models.violations.isEmpty)
      await models.stop()
    }

    /// All rows stored in a format of the program's own.
    private static func rows(of database: PostgresTestDatabase) throws -> [String] {
      try [
        "SELECT session_id, seq, type, body FROM events", "SELECT id, seq, role, body FROM messages",
        "SELECT id, options, actor FROM runs", "SELECT id, schedule FROM cron_jobs",
      ].flatMap { try database.rows($0).map { $0.map { $0 ?? "" }.joined(separator: " ") } }
    }
  }
}
