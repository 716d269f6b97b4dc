import ClawJSON
import ClawTesting
import Synchronization
import Testing

@testable import ClawCommands

@Suite("swiftclaw cron")
struct CronCommandTests {
  /// Runs a command line against a gateway; returns what it wrote.
  private static func command(
    _ arguments: String..., at gateway: GatewayHarness
  ) async -> (status: CommandStatus, output: String, errors: String) {
    let written = Written()
    let environment = [
      "HOME": gateway.directory.path, "SWIFTCLAW_HOME": gateway.directory.path,
      "SWIFTCLAW_GATEWAY_TOKEN": gateway.token, "SWIFTCLAW_URL": "ws://127.0.0.1:\(gateway.port)",
    ]
    let console = Console(environment: environment) { text, isError in
      written.texts.withLock { if isError { $0.errors += text } else { $0.output += text } }
    }
    let status = await Console.$current.withValue(console) { await RootCommand.status(of: arguments) }
    return written.texts.withLock { (status, $0.output, $0.errors) }
  }

  private final class Written: Sendable {
    let texts = Mutex((output: "", errors: ""))
  }

  @Test("jobs are made, listed, disabled, enabled and deleted")
  func lifeOfAJob() async throws {
    let clock = MovableClock()
    try await GatewayHarness.run(time: clock.source) { gateway in
      #expect(await Self.command("cron", "list", at: gateway).output.contains("swiftclaw cron add"))
      let added = await Self.command(
        "cron", "add", "standup", "--cron", "0 9 * * mon-fri", "--tz", "Europe/Paris", "-m", "Go", "--json",
        at: gateway)
      let job = try #require(try JSONValue(parsing: added.output)["job"])
      #expect(job["schedule"] == ["kind": "cron", "expr": "0 9 * * mon-fri", "tz": "Europe/Paris"])
      #expect(job["message"] == "Go" && job["userId"] == "owner")
      let id = try #require(job["id"]?.stringValue)
      let second = await Self.command(
        "cron", "add", "every", "--every", "90s", "-m", "Go", "--user", "bob", at: gateway)
      #expect(second.output.hasSuffix("next 2023-11-14T22:14:50.000Z\n"))
      let list = await Self.command("cron", "list", at: gateway).output
      #expect(list.contains("0 9 * * mon-fri Europe/Paris") && list.contains("2023-11-15T08:00:00.000Z"))
      #expect(list.contains("every 90s") && list.contains("bob"))
      #expect(list.split(separator: "\n").count == 3)
      #expect(await Self.command("cron", "disable", id, at: gateway).output == "disabled \(id)\n")
      let enabled = await Self.command("cron", "list", "--enabled", at: gateway).output
      #expect(!enabled.contains(id))
      #expect(await Self.command("cron", "list", at: gateway).output.contains("disabled"))
      let again = await Self.command("cron", "enable", id, at: gateway).output
      #expect(again == "enabled \(id), next 2023-11-15T08:00:00.000Z\n")
      #expect(await Self.command("cron", "delete", id, at: gateway).output == "deleted \(id)\n")
      let gone = await Self.command("cron", "delete", id, "--json", at: gateway)
      #expect(gone.status == .usage && gone.output.isEmpty && gone.errors.contains("job not found"))
    }
  }

  @Test("a wrong expression is told with the field, and ends with 64")
  func wrong() async throws {
    try await GatewayHarness.run { gateway in
      let result = await Self.command("cron", "add", "x", "--cron", "0 25 * * *", "-m", "Go", at: gateway)
      #expect(result.status == .usage)
      #expect(result.errors.contains("hour"))
    }
  }
}
