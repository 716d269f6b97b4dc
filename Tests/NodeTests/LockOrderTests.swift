import ClawJSON
import ClawTesting
import PostgresTesting
import Testing

extension NodeTests {
  /// `Docs/design/store.md`: everything that belongs to a session is changed only with the lock on the session's row.
  @Suite("The order of locks")
  struct LockOrderTests {
    private static let tables = ["runs", "work_queue", "messages", "events", "tool_calls", "inbox"]
    private static let waiting = """
      SELECT pid, xact_start FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
      """

    /// Locks the row of a session while something is started that needs it; a transaction waiting for the row must hold
    /// no other lock.
    private static func whileHeld(
      _ key: String, in database: PostgresTestDatabase, _ begin: () async throws -> Void
    ) async throws {
      let (holder, looker) = (try AdminConnection(database.dsn), try AdminConnection(database.dsn))
      try holder.run("BEGIN; SELECT 1 FROM sessions WHERE key = '\(key)' FOR UPDATE")
      try await begin()
      var isFree = false
      var problem = ""
      let deadline = ContinuousClock.now + .seconds(120)
      while !isFree, .now < deadline {
        await Task.yield()
        let before = try looker.run(waiting)
        guard !before.isEmpty else { continue }
        do {
          try looker.run("BEGIN")
          for table in tables { try looker.run("SELECT 1 FROM \(table) FOR UPDATE NOWAIT") }
          try looker.run("ROLLBACK")
          // The same transactions have been waiting all the time.
          isFree = try looker.run(waiting) == before
        } catch {
          // Others may lock a row briefly; a waiting one holds it as long as it waits.
          problem = "\(error)"
          try looker.run("ROLLBACK")
        }
      }
      #expect(isFree, "while it waits for the session it holds another row: \(problem)")
      try holder.run("ROLLBACK")
    }

    @Test("a step and the end of a run")
    func steps() async throws {
      let (models, gate) = (try await FakeModelServer.start(), FakeGate())
      models.enqueue(FakeReply.text("one two three").stalling(after: 1, gate))
      let directory = try TemporaryDirectory(isOnPostgres: true)
      let database = try await directory.postgres()
      try await GatewayHarness.run(in: directory, models: models) { gateway in
        let client = try await gateway.connect()
        let id = client.request("chat.send", ["message": "x", "sessionKey": "agent:default:a"])
        await gate.reached()
        try await Self.whileHeld("agent:default:a", in: database) { gate.open() }
        #expect(try await client.response(to: id)["payload"]?["content"] == "one two three")
      }
      await models.stop()
    }

    @Test(
      "aborting and deleting a session in which something runs and waits", arguments: ["chat.abort", "sessions.delete"])
    func abort(method: String) async throws {
      let (models, gate) = (try await FakeModelServer.start(), FakeGate())
      for _ in 0..<3 { models.enqueue(FakeReply.text("one two three").stalling(after: 1, gate)) }
      let directory = try TemporaryDirectory(isOnPostgres: true)
      let database = try await directory.postgres()
      try await GatewayHarness.run(in: directory, models: models) { gateway in
        let (client, other) = (try await gateway.connect(), try await gateway.connect())
        let session: JSONValue = "agent:default:a"
        for _ in 0..<3 { client.request("chat.send", ["message": "x", "sessionKey": session]) }
        await gate.reached()
        while try await other.call("chat.history", ["sessionKey": session])["messages"]?.arrayValue?.count != 3 {}
        try await Self.whileHeld("agent:default:a", in: database) {
          other.request(method, method == "chat.abort" ? ["sessionKey": session] : ["key": session])
        }
        var ended = 0
        while ended < 3 {
          let event = try await client.event()
          if event["event"] == "run.failed" { ended += 1 }
        }
        gate.open()
      }
      await models.stop()
    }

    @Test("the beginning of a run that waited for its turn")
    func begin() async throws {
      let (models, gate) = (try await FakeModelServer.start(), FakeGate())
      models.enqueue(FakeReply.text("first").held(by: gate))
      let directory = try TemporaryDirectory(isOnPostgres: true)
      let database = try await directory.postgres()
      let environment = ["SWIFTCLAW_LANES_MAIN": "1"]
      try await GatewayHarness.run(in: directory, models: models, environment: environment) { gateway in
        let client = try await gateway.connect()
        let first = client.request("chat.send", ["message": "x", "sessionKey": "agent:default:a"])
        await gate.reached()
        let second = client.request("chat.send", ["message": "y", "sessionKey": "agent:default:b"])
        while try await client.call("chat.history", ["sessionKey": "agent:default:b"])["messages"]?.arrayValue?
          .count != 1
        {}
        try await Self.whileHeld("agent:default:b", in: database) { gate.open() }
        #expect(try await client.response(to: first)["ok"] == true)
        #expect(try await client.response(to: second)["payload"]?["content"] == "echo: y")
      }
      await models.stop()
    }

    @Test("deleting an agent that has something running")
    func agent() async throws {
      let (models, gate) = (try await FakeModelServer.start(), FakeGate())
      models.enqueue(FakeReply.text("one two three").stalling(after: 1, gate))
      let directory = try TemporaryDirectory(isOnPostgres: true)
      let database = try await directory.postgres()
      try await GatewayHarness.run(in: directory, models: models) { gateway in
        let (client, other) = (try await gateway.connect(), try await gateway.connect())
        _ = try await other.call("agents.create", ["agentId": "helper", "name": "Helper"])
        let params: JSONValue = ["message": "x", "agentId": "helper", "sessionKey": "agent:helper:a"]
        let id = client.request("chat.send", params)
        await gate.reached()
        try await Self.whileHeld("agent:helper:a", in: database) {
          other.request("agents.delete", ["agentId": "helper"])
        }
        #expect(try await client.response(to: id)["payload"]?["status"] == "aborted")
        gate.open()
      }
      await models.stop()
    }

    @Test("nobody gets into a deadlock by sending, aborting and deleting on two nodes at once")
    func load() async throws {
      let models = try await FakeModelServer.start { _ in .text("one two three four five").paced(.milliseconds(2)) }
      let directory = try TemporaryDirectory(isOnPostgres: true, server: .own)
      let database = try await directory.postgres()
      try await GatewayHarness.run(in: directory, models: models) { first in
        try await GatewayHarness.run(in: directory, models: models) { second in
          try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
              group.addTask {
                let sender = try await (number.isMultiple(of: 2) ? first : second).connect()
                let aborter = try await (number.isMultiple(of: 3) ? first : second).connect()
                let session = JSONValue.string("agent:default:s\(number % 4)")
                for round in 0..<12 {
                  let sent = (0..<3).map {
                    sender.request("chat.send", ["message": .string("m\($0)"), "sessionKey": session])
                  }
                  let isDeletion = round % 4 == 3
                  let end = aborter.request(
                    isDeletion ? "sessions.delete" : "chat.abort",
                    isDeletion ? ["key": session] : ["sessionKey": session])
                  _ = try await aborter.response(to: end)
                  for id in sent { _ = try await sender.response(to: id) }
                }
              }
            }
            try await group.waitForAll()
          }
        }
      }
      #expect(try !database.serverLog().contains("deadlock detected"))
      await models.stop()
    }
  }
}
