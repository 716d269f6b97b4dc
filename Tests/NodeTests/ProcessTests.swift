import ClawJSON
import ClawTesting
import Foundation
import Testing

extension NodeTests {
  /// Three real processes on one database, which are killed, stopped and replaced under load.
  @Suite("Nodes killed, stopped and replaced")
  struct ProcessTests {
    @Test("L10, L26: nodes killed at random under load: each message has one answer, each sequence no gap")
    func killed() async throws {
      let (directory, models) = (try TemporaryDirectory(isOnPostgres: true), try await Load.models())
      let fleet = try await Fleet.start(3, in: directory, models: models)
      try await Load(fleet: fleet, sessions: 6, messages: 15).run { answers in
        for _ in 0..<8 {
          for _ in 0..<Int.random(in: 2...8) { _ = await answers.next() }
          try await fleet.replaceOne { await $0.killNow() }
        }
      }
      try await Self.expectAllEnded(in: directory, runs: 6 * 15)
      await fleet.killAll()
      await models.stop()
    }

    @Test("L32: a rolling restart under load: nodes leave one by one, and nobody sees more than a reconnect")
    func rolling() async throws {
      let (directory, models) = (try TemporaryDirectory(isOnPostgres: true), try await Load.models())
      let fleet = try await Fleet.start(3, in: directory, models: models)
      try await Load(fleet: fleet, sessions: 6, messages: 12).run { answers in
        for place in [0, 1, 2, 0, 1, 2] {
          for _ in 0..<6 { _ = await answers.next() }
          try await fleet.replace(place) { #expect(await $0.terminate() == 0) }
        }
      }
      try await Self.expectAllEnded(in: directory, runs: 6 * 12)
      await fleet.killAll()
      await models.stop()
    }

    @Test("PostgreSQL restarts and connections are cut under load: requests wait or say so, and all recovers")
    func database() async throws {
      let directory = try TemporaryDirectory(isOnPostgres: true, server: .own)
      let (database, models) = (try await directory.postgres(), try await Load.models())
      let fleet = try await Fleet.start(2, in: directory, models: models)
      let before = [fleet[0].processID, fleet[1].processID]
      try await Load(fleet: fleet, sessions: 6, messages: 15).run { answers in
        for round in 0..<8 {
          for _ in 0..<Int.random(in: 2...8) { _ = await answers.next() }
          if round.isMultiple(of: 2) { try database.cutConnections() } else { try await database.restartServer() }
        }
      }
      try await Self.expectAllEnded(in: directory, runs: 6 * 15)
      // The same processes as before.
      for (place, process) in before.enumerated() {
        #expect(fleet[place].processID == process && kill(process, 0) == 0)
      }
      await fleet.killAll()
      await models.stop()
    }

    @Test("L26: a node that was frozen and comes back writes nothing for the run it lost, and works on")
    func frozen() async throws {
      let (directory, models) = (try TemporaryDirectory(isOnPostgres: true), try await FakeModelServer.start())
      let gate = FakeGate()
      models.enqueue(FakeReply.text("from the dead").stalling(after: 1, gate), .text("from the living"))
      let fleet = try await Fleet.start(1, in: directory, models: models)
      let frozen = fleet[0]
      let asking = try await frozen.connect()
      let id = asking.request("chat.send", ["message": "hello"])
      _ = try await asking.events(through: "chunk")
      kill(frozen.processID, SIGSTOP)
      let other = try await GatewayProcess.start(
        in: directory, models: models,
        environment: ["SWIFTCLAW_RUNS_LEASE": "1s", "SWIFTCLAW_RUNS_POLL_INTERVAL": "100ms"])
      let watching = try await other.connect()
      try await watching.subscribe(to: "agent:default:ws:main", after: 0)
      let events = try await watching.events(through: "run.completed")
      #expect(events.last?["payload"]?["content"] == "from the living")
      // Its model continues at once, while it does not know yet how long it was frozen.
      gate.open()
      kill(frozen.processID, SIGCONT)
      #expect(try await asking.response(to: id)["payload"]?["content"] == "from the living")
      let next = try await asking.call("chat.send", ["message": "again"])
      #expect(next["content"] == "echo: again")
      let all = try await events + watching.events(through: "run.completed")
      #expect(all.seqs == Array(1...all.count))
      #expect(!all.text.contains("the dead"))
      #expect(all.names.filter { $0 == "run.completed" }.count == 2)
      let history = try await watching.call("chat.history", ["sessionKey": "agent:default:ws:main"])
      #expect(
        history["messages"]?.arrayValue?.compactMap { $0["content"]?.stringValue } == [
          "hello", "from the living", "again", "echo: again",
        ])
      try await Self.expectAllEnded(in: directory, runs: 2)
      await other.killNow()
      await fleet.killAll()
      await models.stop()
    }

    /// Internal state: nothing is queued or leased any more, and there are no extra runs.
    private static func expectAllEnded(in directory: TemporaryDirectory, runs: Int) async throws {
      let rows = try await directory.postgres().rows("SELECT state, count(*) FROM runs GROUP BY state")
      #expect(rows == [["completed", "\(runs)"]])
    }
  }
}
