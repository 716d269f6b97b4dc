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
    #expect(found.count == 5)
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

  @Test("A data folder that others can look into is remarked")
  func openFolder() throws {
    let folder = try TemporaryFolder()
    try FileModes.set(0o755, folder.path)
    #expect(try findings(folder)["data folder"]?.remedy == "chmod 700 \(folder.path)")
    try FileModes.set(0o700, folder.path)
    #expect(try findings(folder)["data folder"]?.remedy == nil)
  }
}
