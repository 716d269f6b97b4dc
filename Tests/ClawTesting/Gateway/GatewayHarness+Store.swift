import ClawCommands
import ClawStore
import Foundation

extension GatewayHarness {
  /// The store of the tests' gateways: `sqlite`, or `postgres` with `SWIFTCLAW_TEST_STORE=postgres`.
  public static let storeEngine = ProcessInfo.processInfo.environment["SWIFTCLAW_TEST_STORE"] ?? "sqlite"

  /// Opens the store of a directory next to the gateway, which must not be running on SQLite.
  public static func openStore(in directory: TemporaryDirectory) async throws -> Store {
    let configuration = try configuration(
      in: directory, models: nil, environment: try await directory.storeVariables())
    return try await configuration.openStore(time: .system)
  }

  /// All bytes that a gateway has stored: its files, and its PostgreSQL database.
  public static func leftovers(in directory: TemporaryDirectory) async throws -> [(name: String, data: Data)] {
    let files = try FileManager.default.subpathsOfDirectory(atPath: directory.path)
    var found = files.compactMap { file in
      FileManager.default.contents(atPath: directory.path + "/" + file).map { (name: file, data: $0) }
    }
    if storeEngine == "postgres" {
      found.append((name: "swiftclaw.db", data: Data(try await directory.postgres().contents().utf8)))
    }
    return found
  }
}
