import Foundation
import PostgresTesting
import Synchronization

/// A temporary directory for one test.
public final class TemporaryDirectory: Sendable {
  public let path: String
  private let database = Mutex<PostgresTestDatabase?>(nil)
  private let isOnPostgres: Bool
  private let server: Server

  /// The PostgreSQL server.
  public enum Server: Sendable {
    /// Shared by all tests.
    case shared
    /// A separate one, which the test may restart.
    case own
    /// One behind a pooler in transaction mode.
    case pooled
  }

  /// - Parameters:
  ///   - isOnPostgres: Whether gateways use PostgreSQL regardless of the other tests; several gateways in one directory
  ///     are then nodes of one installation.
  public init(
    isOnPostgres: Bool = GatewayHarness.storeEngine == "postgres", server: Server = .shared
  ) throws {
    self.isOnPostgres = isOnPostgres
    self.server = server
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("swiftclaw-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The environment that selects the store of `SWIFTCLAW_TEST_STORE`: empty for SQLite; with `postgres` the DSN of the
  /// directory's database.
  func storeVariables() async throws -> [String: String] {
    guard isOnPostgres else { return [:] }
    // Shared by nodes, so it has to be configured.
    let key = String(repeating: "0123456789abcdef", count: 4)
    return ["SWIFTCLAW_POSTGRES_DSN": try await postgres().dsn, "SWIFTCLAW_ENCRYPTION_KEY": key]
  }

  /// A PostgreSQL database without a schema.
  public func emptyPostgres() async throws -> PostgresTestDatabase { try await .make(isEmpty: true) }

  /// The PostgreSQL database of this directory, created on first use.
  public func postgres() async throws -> PostgresTestDatabase {
    if let known = database.withLock({ $0 }) { return known }
    let made =
      try await server == .shared
      ? PostgresTestDatabase.make() : PostgresTestDatabase.makeAlone(isPooled: server == .pooled)
    return database.withLock { known in
      // A concurrent caller may have been faster.
      if let known { return known }
      known = made
      return made
    }
  }
}
