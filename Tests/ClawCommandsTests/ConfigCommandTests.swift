import ClawJSON
import Foundation
import Testing

@testable import ClawCommands

@Suite("Config and token commands")
struct ConfigCommandTests {
  @Test("S33: Showing the configuration masks secrets and says where each value came from")
  func show() async throws {
    let folder = try TemporaryFolder()
    try folder.write(#"{"gateway": {"port": 1001}}"#, to: "config.json")
    let environment = [
      "HOME": folder.path, "SWIFTCLAW_HOME": folder.path, "SWIFTCLAW_OPENAI_API_KEY": "planted-secret-1",
      "SWIFTCLAW_GATEWAY_TOKEN": "planted-secret-2", "SWIFTCLAW_MODEL": "gpt-4o",
    ]
    for arguments in [["config", "show"], ["config", "show", "--explain"], ["config", "show", "--json"]] {
      let result = await command(arguments, environment: environment)
      #expect(result.status == .success)
      #expect(!(result.output + result.errors).contains("planted"))
    }
    let json = try JSONValue(parsing: await command(["config", "show", "--json"], environment: environment).output)
    #expect(json["providers.openai.api_key"]?["value"] == "***")
    #expect(json["providers.openai.api_key"]?["source"] == "SWIFTCLAW_OPENAI_API_KEY")
    #expect(json["providers.groq.api_key"]?["value"] == "")
    #expect(json["gateway.port"]?["value"] == 1001)
    #expect(json["gateway.port"]?["source"]?.stringValue == folder.path + "/config.json")
    #expect(json["gateway.drain_timeout"]?["value"] == "30s")
    #expect(json["gateway.drain_timeout"]?["source"] == "default")
    #expect(json["models.model"]?["source"] == "SWIFTCLAW_MODEL")
  }

  @Test("Checking ends with 78 and names each problem, or says that all is well")
  func check() async throws {
    let folder = try TemporaryFolder()
    let environment = ["HOME": folder.path, "SWIFTCLAW_HOME": folder.path]
    #expect(await command(["config", "check"], environment: environment).status == .success)
    try folder.write(#"{"gateway": {"port": "x"}, "lgo": {}}"#, to: "config.json")
    let result = await command(["config", "check"], environment: environment)
    #expect(result.status == .configuration)
    #expect(result.errors.contains("gateway.port"))
    #expect(result.errors.contains("did you mean log?"))
    let path = await command(["config", "path"], environment: environment)
    #expect(path.output == folder.path + "/config.json\n")
  }

  @Test("Checking refuses what serve refuses")
  func checkAsServe() async throws {
    let folder = try TemporaryFolder()
    let environment = ["HOME": folder.path, "SWIFTCLAW_HOME": folder.path]
    for (variables, text) in [
      (["SWIFTCLAW_ENCRYPTION_KEY": "planted-key"], "SWIFTCLAW_ENCRYPTION_KEY must hold 64 hex digits"),
      (["SWIFTCLAW_POSTGRES_DSN": "host=127.0.0.1 port=1"], "SWIFTCLAW_GATEWAY_TOKEN: is not set"),
    ] {
      for words in [["config", "check"], ["serve"]] {
        let result = await command(words, environment: environment.merging(variables) { $1 })
        #expect(result.status == .configuration)
        #expect(result.errors.contains(text) && !result.errors.contains("planted"))
      }
    }
  }

  @Test("Docs/configuration.md is what the table says; swiftclaw config document writes it")
  func document() async throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let page = try String(contentsOf: root.appendingPathComponent("Docs/configuration.md"), encoding: .utf8)
    #expect(await command(["config", "document"]).output == page)
  }

  @Test("The token is shown alone, and replaced by rotate")
  func token() async throws {
    let folder = try TemporaryFolder()
    let environment = ["HOME": folder.path, "SWIFTCLAW_HOME": folder.path]
    #expect(await command(["token", "show"], environment: environment).status == .unauthorized)
    let made = try GatewayTokenStore(folder.directory).obtain(given: "")
    #expect(await command(["token", "show"], environment: environment).output == made.value + "\n")
    let rotated = await command(["token", "rotate"], environment: environment)
    #expect(rotated.status == .success)
    #expect(rotated.output != made.value + "\n")
    #expect(await command(["token", "show"], environment: environment).output == rotated.output)
  }
}
