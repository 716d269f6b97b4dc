import ClawCommands
import ClawJSON
import ClawTesting
import Foundation
import Testing

@Suite("Secrets", .timeLimit(.minutes(10)))
struct SecretTests {
  private static let secret = "sealed-provider-key-0123456789"

  private static func set(_ gateway: GatewayHarness, _ name: String, to value: String) async throws -> UInt {
    let body: JSONValue = ["value": .string(value)]
    return try await HTTPCaller(gateway).send(.PUT, "/v1/secrets/\(name)", body: body.serializedString()).status
  }

  @Test("go in, and never come out again: not by a list, an export, the log, or the file of the database")
  func writeOnly() async throws {
    let directory = try TemporaryDirectory()
    try await GatewayHarness.run(in: directory) { (gateway) async throws in
      let owner = HTTPCaller(gateway)
      #expect(try await Self.set(gateway, "mail%2Fpassword", to: Self.secret) == 204)
      let list = try await owner.get("/v1/secrets")
      #expect(list.json["secrets"]?[0]?["name"] == "mail/password" && list.json["secrets"]?[0]?["value"] == "***")
      let export = try await owner.get("/v1/tenants/default/export").text
      #expect(export.contains("mail/password"))
      #expect(!(list.text + export).contains(Self.secret))
      #expect(!gateway.log.lines.contains { $0.contains(Self.secret) })
      // It is redacted in the log.
      let echoed = try await owner.get("/v1/nothing/\(Self.secret)")
      #expect(echoed.status == 404)
      #expect(gateway.log.lines.contains { $0.contains("/v1/nothing/***") })
      // The mask keeps an existing value, and creates none.
      #expect(try await Self.set(gateway, "mail%2Fpassword", to: "***") == 204)
      #expect(try await Self.set(gateway, "other", to: "***") == 404)
      for (name, value) in [("a%20b", "x"), ("x", ""), (String(repeating: "x", count: 201), "x")] {
        #expect(try await Self.set(gateway, name, to: value) == 400, "\(name)")
      }
      #expect(try await owner.send(.PUT, "/v1/secrets/x", body: #"{"value":"v","tenant":"b"}"#).status == 400)
      let key = try await APIKeyTests.make(owner, ["role": "operator"])
      let weak = APIKeyTests.caller(gateway, try APIKeyTests.secret(key))
      #expect(try await weak.get("/v1/secrets").status == 403)
      #expect(try await weak.send(.POST, "/v1/secrets/rotate").status == 403)
      #expect(try await owner.send(.DELETE, "/v1/secrets/none").status == 404)
    }
    for file in try FileManager.default.contentsOfDirectory(atPath: directory.path) {
      let data = FileManager.default.contents(atPath: directory.path + "/" + file) ?? Data()
      #expect(data.range(of: Data(Self.secret.utf8)) == nil, "\(file)")
    }
  }

  @Test(
    "a provider's key that is sealed in the store is used at the next start, also after the key was changed",
    // Only on SQLite does a gateway store its own key.
    .enabled(if: GatewayHarness.storeEngine == "sqlite"))
  func providerKey() async throws {
    let models = try await FakeModelServer.start()
    models.accept(keys: [Self.secret])
    let directory = try TemporaryDirectory()
    let environment = ["SWIFTCLAW_OPENAI_BASE_URL": models.url, "SWIFTCLAW_MODEL": "openai/fake-large"]
    try await GatewayHarness.run(in: directory) { (gateway) async throws in
      #expect(try await Self.set(gateway, "providers.openai.api_key", to: Self.secret) == 204)
    }
    let path = directory.path + "/encryption.key"
    let before = try String(contentsOfFile: path, encoding: .utf8)
    #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
    try await GatewayHarness.run(in: directory, environment: environment) { (gateway) async throws in
      let socket = try await gateway.connect()
      #expect(try await socket.call("chat.send", ["message": "hello"])["status"] == "completed")
      let rotated = try await HTTPCaller(gateway).send(.POST, "/v1/secrets/rotate")
      #expect(rotated.status == 200 && rotated.json["resealed"] == 1, "\(rotated.text)")
    }
    #expect(try String(contentsOfFile: path, encoding: .utf8) != before)
    #expect(!FileManager.default.fileExists(atPath: path + ".previous"))
    // The environment overrides it.
    try await GatewayHarness.run(
      in: directory, environment: environment.merging(["SWIFTCLAW_OPENAI_API_KEY": "wrong-key-of-the-day"]) { $1 }
    ) { (gateway) async throws in
      let socket = try await gateway.connect()
      #expect(try await socket.failure("chat.send", ["message": "hello"])["code"] != nil)
    }
    try await GatewayHarness.run(in: directory, environment: environment) { (gateway) async throws in
      let socket = try await gateway.connect()
      #expect(try await socket.call("chat.send", ["message": "hello"])["status"] == "completed")
    }
    await models.stop()
  }

  @Test("a gateway with another key does not start; with the old one beside it, it reseals everything")
  func otherKey() async throws {
    let directory = try TemporaryDirectory()
    let (old, new) = (String(repeating: "1a", count: 32), String(repeating: "2b", count: 32))
    let (variable, previous) = ("SWIFTCLAW_ENCRYPTION_KEY", "SWIFTCLAW_ENCRYPTION_KEY_PREVIOUS")
    try await GatewayHarness.run(in: directory, environment: [variable: old]) { (gateway) async throws in
      #expect(try await Self.set(gateway, "one", to: Self.secret) == 204)
      #expect(try await HTTPCaller(gateway).send(.POST, "/v1/secrets/rotate").status == 412)
    }
    #expect(!FileManager.default.fileExists(atPath: directory.path + "/encryption.key"))
    for wrong in [new, "too short"] {
      await #expect(throws: (any Error).self) {
        try await GatewayHarness.run(in: directory, environment: [variable: wrong]) { (_) async throws in }
      }
    }
    try await GatewayHarness.run(
      in: directory, environment: [variable: new, previous: old]
    ) { _ in }
    try await GatewayHarness.run(in: directory, environment: [variable: new]) { (gateway) async throws in
      #expect(try await HTTPCaller(gateway).get("/v1/secrets").json["secrets"]?.arrayValue?.count == 1)
      #expect(!gateway.log.lines.contains { $0.contains("secret.unreadable") })
    }
  }
}
