import ClawTesting
import Foundation
import Testing

/// The database file is removed under a running gateway. SQLite only.
@Suite("A gateway whose database file was removed", .timeLimit(.minutes(10)))
struct StoreFaultTests {
  @Test("takes no message, is not ready, and says once in the log what to do")
  func removed() async throws {
    let directory = try TemporaryDirectory(isOnPostgres: false)
    let environment = ["SWIFTCLAW_RUNS_POLL_INTERVAL": "10ms"]
    try await GatewayHarness.run(in: directory, environment: environment) { gateway in
      let client = try await gateway.connect()
      _ = try await client.call("chat.send", ["message": "hello"])
      try FileManager.default.removeItem(atPath: directory.path + "/swiftclaw.db")
      let refused = try await client.failure("chat.send", ["message": "lost"])
      #expect(refused["code"] == "INTERNAL" && refused["retryable"] != true)
      #expect(try await HTTPCaller(gateway).get("/ready").status == 503)
      // Requests while the file is checked again and again.
      for _ in 0..<50 { _ = try await client.call("health") }
      let lines = gateway.log.lines.filter { $0.contains("store.fault") }
      #expect(lines.count == 1)
      #expect(lines.allSatisfy { $0.contains(directory.path + "/swiftclaw.db") && $0.contains("restore") })
    }
  }
}
