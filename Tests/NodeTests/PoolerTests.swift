import ClawJSON
import ClawTesting
import Testing

extension NodeTests {
  @Suite("Behind a pooler in transaction mode")
  struct PoolerTests {
    @Test("the pooler is found out, nodes look for news instead of listening, and nothing is left on connections")
    func pooled() async throws {
      let (directory, models) = (try TemporaryDirectory(isOnPostgres: true, server: .pooled), try await Load.models())
      let settings = ["SWIFTCLAW_RUNS_POLL_INTERVAL": "100ms"]
      // Enough connections to make the pooler switch its own.
      try await GatewayHarness.run(in: directory, models: models, environment: settings) { first in
        try await GatewayHarness.run(in: directory, models: models, environment: settings) { second in
          for gateway in [first, second] {
            while !gateway.log.lines.contains(where: { $0.contains("node.hints_off") }) { await Task.yield() }
          }
          let watcher = try await second.connect()
          try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
              group.addTask {
                let client = try await (number.isMultiple(of: 2) ? first : second).connect()
                let key = JSONValue.string("agent:default:ws:pooled\(number)")
                for message in 0..<4 {
                  let answer = try await client.call(
                    "chat.send", ["message": .string("message \(message)"), "sessionKey": key])
                  #expect(answer["status"] == "completed")
                }
                let history = try await client.call("chat.history", ["sessionKey": key])
                #expect(history["messages"]?.arrayValue?.filter { $0["role"] == "user" }.count == 4)
              }
            }
            try await group.waitForAll()
          }
          // Events also come from the other node.
          let here = try await first.connect()
          _ = try await here.call("chat.send", ["message": "hello", "sessionKey": "agent:default:ws:last"])
          try await watcher.subscribe(to: "agent:default:ws:last", after: 0)
          // Events of the other sessions may be interleaved.
          var events: [JSONValue] = []
          while events.last?["event"] != "run.completed" {
            let event = try await watcher.event()
            if event["payload"]?["sessionKey"] == "agent:default:ws:last" { events.append(event) }
          }
          #expect(events.seqs == Array(1...events.count))
        }
      }
      // None of our role, tenant or timeout settings stays on a shared connection.
      let left = try await directory.postgres().pooledRows(
        "SELECT current_user, current_setting('swiftclaw.tenant', true), current_setting('statement_timeout')")
      #expect(left.allSatisfy { $0[0] == "postgres" && ($0[1] ?? "").isEmpty && $0[2] == "0" }, "\(left)")
      await models.stop()
    }
  }
}
