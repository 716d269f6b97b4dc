import ClawCore
import ClawJSON
import ClawStore
import ClawTesting
import Foundation
import Testing

@testable import ClawCommands

@Suite("Doctor")
struct DoctorTests {
  private func findings(
    _ folder: TemporaryFolder, environment: [String: String] = [:]
  ) throws -> [String: DoctorFinding] {
    let loader = ConfigurationLoader(
      environment: environment.merging(["HOME": folder.path, "SWIFTCLAW_HOME": folder.path]) { $1 },
      workingDirectory: folder.path)
    let found = Doctor(loaded: try loader.load()).look()
    return Dictionary(found.map { ($0.subject, $0) }, uniquingKeysWith: { first, _ in first })
  }

  private func isBad(_ finding: DoctorFinding?) -> Bool {
    if case .bad = finding?.verdict { true } else { false }
  }

  @Test("A fresh installation has nothing to mend")
  func fresh() throws {
    let found = try findings(TemporaryFolder())
    #expect(found.count == 11)
    #expect(!found.values.contains { isBad($0) })
    #expect(found["models"]?.remedy?.contains("API_KEY") == true)
  }

  @Test("What is wrong comes with the command that mends it")
  func wrong() throws {
    let folder = try TemporaryFolder()
    try folder.write("{", to: "config.json")
    try folder.write(String(repeating: "a", count: 64), to: "gateway.token", mode: 0o644)
    try folder.write("this is a letter, not a database", to: "swiftclaw.db")
    let found = try findings(folder)
    for subject in ["configuration", "token", "database"] {
      #expect(isBad(found[subject]), "\(subject)")
      #expect(found[subject]?.remedy?.isEmpty == false)
    }
    #expect(found["token"]?.remedy == "chmod 600 \(folder.path)/gateway.token")
  }

  @Test("A database file that is damaged has to be restored from a backup; the same words keep serve from starting")
  func damaged() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/swiftclaw.db"
    try await Store.openSQLite(SQLiteConfiguration(path: path)).close()
    #expect(try !isBad(findings(folder)["database"]))
    let file = try #require(FileHandle(forUpdatingAtPath: path))
    let size = try file.seekToEnd()
    try file.truncate(atOffset: size / 2)
    try file.close()
    let found = try findings(folder)["database"]
    #expect(isBad(found))
    #expect(found?.text.contains("\(path) is damaged") == true && found?.text.contains("restore a backup") == true)
    #expect(found?.remedy?.contains("db backup") == true)
    let environment = [
      "HOME": folder.path, "SWIFTCLAW_HOME": folder.path, "SWIFTCLAW_GATEWAY_TOKEN": GatewayHarness.token,
    ]
    let served = await command(["serve"], environment: environment)
    #expect(served.status != .success)
    #expect(served.errors.contains("is damaged") && served.errors.contains("restore a backup"), "\(served.errors)")
  }

  @Test("What keeps serve from starting is what the doctor finds, by the same words")
  func asServe() async throws {
    let folder = try TemporaryFolder()
    try folder.write("", to: "file")
    try folder.write("half a key", to: "encryption.key")
    for (home, subject) in [
      (folder.path + "/file", "data folder"), (folder.path + "/file/below", "data folder"),
      (folder.path, "encryption key"),
    ] {
      let environment = ["HOME": folder.path, "SWIFTCLAW_HOME": home, "SWIFTCLAW_GATEWAY_TOKEN": GatewayHarness.token]
      let loader = ConfigurationLoader(environment: environment, workingDirectory: folder.path)
      let found = Doctor(loaded: try loader.load()).look().first { $0.subject == subject }
      #expect(isBad(found), "\(home)")
      let served = await command(["serve"], environment: environment)
      #expect(served.status == .configuration, "\(served.errors)")
      // If the directory is a file, the configuration in it can't be read either, which is reported first.
      if home == folder.path { #expect(served.errors.contains(try #require(found?.text)), "\(served.errors)") }
    }
  }

  @Test("Secrets that were sealed with another key are found before a start is refused for them")
  func otherKey() async throws {
    let directory = try TemporaryDirectory(isOnPostgres: false)
    var environment = [
      // Not a port that other tests use.
      "HOME": directory.path, "SWIFTCLAW_HOME": directory.path, "SWIFTCLAW_PORT": "2",
      "SWIFTCLAW_ENCRYPTION_KEY": String(repeating: "0123456789abcdef", count: 4),
    ]
    try await GatewayHarness.run(in: directory, environment: environment) { _ in }
    let good = await command(["doctor", "--offline"], environment: environment)
    #expect(good.status == .success, "\(good.output)")
    environment["SWIFTCLAW_ENCRYPTION_KEY"] = String(repeating: "fedcba9876543210", count: 4)
    let other = await command(["doctor", "--offline"], environment: environment)
    #expect(other.status == .unavailable && other.output.contains("sealed with the key"), "\(other.output)")
    let served = await command(["serve"], environment: environment)
    #expect(served.status == .unavailable && served.errors.contains("sealed with the key"), "\(served.errors)")
  }

  @Test("S34: The doctor shows no secret")
  func secrets() throws {
    let environment = [
      "SWIFTCLAW_OPENAI_API_KEY": "planted-secret-1", "SWIFTCLAW_GATEWAY_TOKEN": "planted-secret-2",
      "SWIFTCLAW_PORT": "x",
    ]
    let found = try findings(TemporaryFolder(), environment: environment)
    #expect(isBad(found["configuration"]))
    for finding in found.values { #expect(!"\(finding)".contains("planted")) }
  }

  @Test("A file of secrets that others can read has to be mended")
  func openSecrets() throws {
    let folder = try TemporaryFolder()
    try folder.write("SWIFTCLAW_OPENAI_API_KEY=planted-secret-1\n", to: "secrets.env", mode: 0o640)
    let found = try findings(folder)
    #expect(isBad(found["secrets"]) && isBad(found["configuration"]))
    #expect(found["secrets"]?.remedy == "chmod 600 \(folder.path)/secrets.env")
    for finding in found.values { #expect(!"\(finding)".contains("planted")) }
  }

  @Test("A clock that can't be right is told")
  func clock() throws {
    let folder = try TemporaryFolder()
    try folder.write("", to: "swiftclaw.db")
    let loaded = try ConfigurationLoader(
      environment: ["HOME": folder.path, "SWIFTCLAW_HOME": folder.path], workingDirectory: folder.path
    ).load()
    func finding(at milliseconds: Int64) -> DoctorFinding {
      Doctor(loaded: loaded, time: TimeSource { Timestamp(milliseconds: milliseconds) }).clock()
    }
    #expect(isBad(finding(at: 0)))
    // The file was written now, which is later.
    #expect(isBad(finding(at: 1_740_000_000_000)))
    #expect(!isBad(finding(at: 32_503_680_000_000)))
    let now = Timestamp(milliseconds: 1_800_000_000_000)
    #expect(!isBad(ProviderProbe.clock(now: now, theirs: now + .seconds(60), of: "x")))
    #expect(isBad(ProviderProbe.clock(now: now, theirs: now + .seconds(600), of: "x")))
    #expect(ProviderProbe.clock(now: now + .seconds(600), theirs: now, of: "x").text == "10m ahead of x")
  }

  @Test("Sandbox programs are looked for on the path")
  func sandbox() throws {
    let folder = try TemporaryFolder()
    try folder.write("#!/bin/sh\n", to: "bwrap", mode: 0o755)
    let loaded = try ConfigurationLoader(
      environment: ["HOME": folder.path], workingDirectory: folder.path
    ).load()
    #expect(Doctor(loaded: loaded, searchPath: "/nowhere:\(folder.path)").sandbox().text == "bwrap")
    #expect(Doctor(loaded: loaded, searchPath: "/nowhere").sandbox().remedy?.contains("bubblewrap") == true)
  }

  @Test("Each provider's key is tried with one real call; a refused one ends with 77")
  func keys() async throws {
    let folder = try TemporaryFolder()
    let models = try await FakeModelServer.start()
    models.accept(keys: ["the-good-key-1"])
    let environment = [
      "HOME": folder.path, "SWIFTCLAW_HOME": folder.path, "SWIFTCLAW_PORT": "1",
      "SWIFTCLAW_OPENAI_BASE_URL": models.url, "SWIFTCLAW_OPENAI_API_KEY": "the-good-key-1",
      "SWIFTCLAW_MISTRAL_BASE_URL": models.url, "SWIFTCLAW_MISTRAL_API_KEY": "planted-secret-1",
    ]
    let result = await command(["doctor", "--json"], environment: environment)
    let findings = try #require(try JSONValue(parsing: result.output)["findings"]?.arrayValue)
    let keys = findings.filter { $0["subject"] == "key" }
    #expect(keys.map { $0["verdict"] } == ["ok", "bad"])
    #expect(keys.last?["status"] == 77)
    #expect(keys.last?["remedy"]?.stringValue?.contains("onboard --provider mistral") == true)
    #expect(result.status == .unauthorized)
    #expect(!result.output.contains("planted") && !result.errors.contains("planted"))
    let offline = await command(["doctor", "--offline"], environment: environment)
    #expect(models.requests.count == 2)
    #expect(!offline.output.contains("planted"))
    await models.stop()
  }

  @Test("The time zone data is told by its version, and remarked where it is missing or does not know of autumn 2026")
  func timeZones() async throws {
    let folder = try TemporaryFolder()
    let loaded = try ConfigurationLoader(
      environment: ["HOME": folder.path, "SWIFTCLAW_HOME": folder.path], workingDirectory: folder.path
    ).load()
    let missing = await Doctor(loaded: loaded).zones(ZoneFileLibrary(folders: [folder.path]))
    #expect(missing.subject == "time zones" && missing.remedy?.contains("tzdata") == true)
    // UTC's file under another name simulates data without the change.
    try folder.write("# version 2025b\n", to: "tzdata.zi")
    let old: [UInt8] = Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15)
    let counts: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 4]
    let block = old + counts + [0, 0, 0, 0, 0, 0] + Array("UTC\0".utf8)
    try FileManager.default.createDirectory(atPath: folder.path + "/America", withIntermediateDirectories: true)
    try Data(block + block + Array("\nUTC0\n".utf8)).write(to: URL(filePath: folder.path + "/America/Vancouver"))
    let found = await Doctor(loaded: loaded).zones(ZoneFileLibrary(folders: [folder.path]))
    #expect(found.text.contains("2025b") && found.text.contains("older"))
    #expect(found.remedy?.contains("tzdata") == true)
  }

  @Test("A data folder that others can look into is remarked")
  func openFolder() throws {
    let folder = try TemporaryFolder()
    try FileModes.set(0o755, folder.path)
    #expect(try findings(folder)["data folder"]?.remedy == "chmod 700 \(folder.path)")
    try FileModes.set(0o700, folder.path)
    #expect(try findings(folder)["data folder"]?.remedy == nil)
  }
}
