import ClawTesting
import Testing

@testable import ClawCommands

@Suite("Doctor on PostgreSQL", .timeLimit(.minutes(10)))
struct DatabaseProbeTests {
  private func findings(_ environment: [String: String], in path: String) async throws -> [String: DoctorFinding] {
    let loader = ConfigurationLoader(
      environment: environment.merging(["HOME": path, "SWIFTCLAW_HOME": path]) { $1 }, workingDirectory: path)
    let found = await DatabaseProbe(try loader.load().store).look()
    return Dictionary(found.map { ($0.subject, $0) }, uniquingKeysWith: { first, _ in first })
  }

  private func isBad(_ finding: DoctorFinding?) -> Bool {
    if case .bad = finding?.verdict { true } else { false }
  }

  @Test("it says what is missing, and when a node sees another folder than the others")
  func nodes() async throws {
    let directory = try TemporaryDirectory(isOnPostgres: true)
    let other = try TemporaryDirectory(isOnPostgres: true)
    var variables = ["SWIFTCLAW_POSTGRES_DSN": try await directory.postgres().dsn]
    let bare = try await findings(variables, in: directory.path)
    #expect(isBad(bare["nodes"]) && !isBad(bare["database"]) && !isBad(bare["workspaces"]))
    variables["SWIFTCLAW_GATEWAY_TOKEN"] = GatewayHarness.token
    variables["SWIFTCLAW_ENCRYPTION_KEY"] = String(repeating: "0123456789abcdef", count: 4)
    try await GatewayHarness.run(in: directory) { _ in }
    let good = try await findings(variables, in: directory.path)
    #expect(!good.values.contains { isBad($0) }, "\(good)")
    let apart = try await findings(variables, in: other.path)
    #expect(isBad(apart["workspaces"]))
    variables["SWIFTCLAW_POSTGRES_DSN"] = "host=127.0.0.1 port=1"
    variables["SWIFTCLAW_STORE_POSTGRES_WAIT"] = "50ms"
    #expect(isBad(try await findings(variables, in: directory.path)["database"]))
  }
}
