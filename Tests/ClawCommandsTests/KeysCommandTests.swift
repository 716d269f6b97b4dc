import ClawJSON
import ClawTesting
import Testing

@testable import ClawCommands

@Suite("The keys command")
struct KeysCommandTests {
  static func environment(_ gateway: GatewayHarness, token: String? = nil) -> [String: String] {
    [
      "HOME": gateway.directory.path, "SWIFTCLAW_HOME": gateway.directory.path,
      "SWIFTCLAW_GATEWAY_TOKEN": token ?? gateway.token, "SWIFTCLAW_URL": "ws://127.0.0.1:\(gateway.port)/ws",
    ]
  }

  @Test("add shows the key once, list never, revoke ends it")
  func wholeWay() async throws {
    try await GatewayHarness.run { gateway in
      let environment = Self.environment(gateway)
      let made = await command(
        ["keys", "add", "backup", "--role", "viewer", "--user", "alice", "--expires", "1h"], environment: environment)
      #expect(made.status == .success, "\(made.errors)")
      let secret = made.output.filter { !$0.isWhitespace }
      #expect(secret.hasPrefix("sck_") && !made.errors.contains(secret))
      #expect(await command(["status"], environment: Self.environment(gateway, token: secret)).status == .success)
      let list = await command(["keys", "list"], environment: environment)
      #expect(list.output.contains("backup") && list.output.contains("alice") && !list.output.contains(secret))
      let keys = try JSONValue(parsing: await command(["keys", "list", "--json"], environment: environment).output)
      let id = try #require(keys["api_keys"]?[0]?["id"]?.stringValue)
      #expect(await command(["keys", "revoke", id], environment: environment).status == .success)
      #expect(await command(["status"], environment: Self.environment(gateway, token: secret)).status == .unauthorized)
      #expect(await command(["keys", "list"], environment: environment).output.contains("revoked"))
      #expect(await command(["keys", "revoke", "none"], environment: environment).status == .usage)
      #expect(await command(["keys", "list", "--tenant", "none"], environment: environment).status == .usage)
      for wrong in [["--role", "root"], ["--expires", "soon"], ["--expires", "0s"]] {
        #expect(await command(["keys", "add", "x"] + wrong, environment: environment).status == .usage)
      }
    }
  }
}
