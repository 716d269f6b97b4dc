import Foundation
import PostgresTesting
import Synchronization

/// A folder of a test's own, gone with it.
public final class TemporaryDirectory: Sendable {
  public let path: String
  private let database = Mutex<PostgresTestDatabase?>(nil)
  private let isOnPostgres: Bool
  private let server: Server

  /// Which server of PostgreSQL it is.
  public enum Server: Sendable {
    /// That of all tests.
    case shared
    /// One that the test may restart.
    case own
    /// One behind a pooler in transaction mode.
    case pooled
  }

  /// - Parameters:
  ///   - isOnPostgres: Whether gateways keep their things in PostgreSQL whatever the other tests do; several
  ///   gateways in one folder are then the nodes of one installation.
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

  /// What makes a gateway keep its things where `SWIFTCLAW_TEST_STORE` says: nothing for SQLite; with `postgres` the
  /// connection string of a database that belongs to this folder.
  func storeVariables() async throws -> [String: String] {
    guard isOnPostgres else { return [:] }
    // Nodes share it, so it has to be given.
    let key = String(repeating: "0123456789abcdef", count: 4)
    return ["SWIFTCLAW_POSTGRES_DSN": try await postgres().dsn, "SWIFTCLAW_ENCRYPTION_KEY": key]
  }

  /// A PostgreSQL database that nobody has brought up to date.
  public func emptyPostgres() async throws -> PostgresTestDatabase { try await .make(isEmpty: true) }

  /// The PostgreSQL database of this folder, made when it is first asked for.
  public func postgres() async throws -> PostgresTestDatabase {
    if let known = database.withLock({ $0 }) { return known }
    let made =
      try await server == .shared
      ? PostgresTestDatabase.make() : PostgresTestDatabase.makeAlone(isPooled: server == .pooled)
    return database.withLock { known in
      // Whoever asked at the same time may have been faster.
      if let known { return known }
      known = made
      return made
    }
  }
}
