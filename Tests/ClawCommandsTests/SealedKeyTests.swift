import ClawJSON
import ClawTesting
import Foundation
import Testing

@testable import ClawCommands

@Suite("Sealed keys of providers")
struct SealedKeyTests {
  private static let key = "sealed-key-of-the-provider-7"

  /// A data folder whose database contains the sealed key of `openai`.
  private func sealed(_ models: FakeModelServer) async throws -> (TemporaryDirectory, [String: String]) {
    let directory = try TemporaryDirectory(isOnPostgres: false)
    let environment = [
      "HOME": directory.path, "SWIFTCLAW_HOME": directory.path, "SWIFTCLAW_PORT": "1",
      "SWIFTCLAW_OPENAI_BASE_URL": models.url, "SWIFTCLAW_MODEL": "openai/fake-large",
    ]
    try await GatewayHarness.run(in: directory) { (gateway) async throws in
      let body = "{\"value\":\"\(Self.key)\"}"
      let answer = try await RawHTTP.send(
        port: gateway.port,
        "PUT /v1/secrets/providers.openai.api_key HTTP/1.1\r\nHost: 127.0.0.1\r\n"
          + "Authorization: Bearer \(gateway.token)\r\nConnection: close\r\nContent-Type: application/json\r\n"
          + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
      #expect(answer.status == 204, "\(answer.body)")
    }
    return (directory, environment)
  }

  @Test("the doctor, models test and config show use and mask the key that is sealed in the database")
  func used() async throws {
    let models = try await FakeModelServer.start()
    models.accept(keys: [Self.key])
    let (directory, environment) = try await sealed(models)
    let test = await command(["models", "test"], environment: environment)
    #expect(test.status == .success && test.output.contains("openai/fake-large"), "\(test.errors)")
    let doctor = await command(["doctor", "--json"], environment: environment)
    let findings = try #require(try JSONValue(parsing: doctor.output)["findings"]?.arrayValue)
    #expect(findings.filter { $0["subject"] == "key" }.map { $0["verdict"] } == ["ok"], "\(doctor.output)")
    let show = await command(["config", "show", "providers.openai", "--json"], environment: environment)
    let line = try JSONValue(parsing: show.output)["providers.openai.api_key"]
    #expect(line == ["value": "***", "source": "the sealed secrets"], "\(show.output)")
    // While a gateway runs on the same file.
    try await GatewayHarness.run(in: directory, environment: environment) { _ in
      let beside = await command(["models", "test"], environment: environment)
      #expect(beside.status == .success, "\(beside.errors)")
    }
    for text in [test.output, doctor.output, show.output, test.errors, doctor.errors, show.errors] {
      #expect(!text.contains(Self.key))
    }
    await models.stop()
  }

  @Test("where they can't be opened, the commands say so")
  func unreadable() async throws {
    let models = try await FakeModelServer.start()
    let (directory, usual) = try await sealed(models)
    var environment = usual
    environment["SWIFTCLAW_ENCRYPTION_KEY"] = String(repeating: "fedcba9876543210", count: 4)
    for arguments in [["models", "test"], ["config", "show", "models"]] {
      let result = await command(arguments, environment: environment)
      #expect(result.errors.contains("keys of providers that are kept there are not known"), "\(result.errors)")
    }
    let doctor = await command(["doctor", "--offline"], environment: environment)
    #expect(doctor.output.contains("keys of providers that are kept there are not known"), "\(doctor.output)")
    withExtendedLifetime(directory) {}
    await models.stop()
  }
}
