import ClawStore
import Foundation

/// A database for one test.
public final class PostgresTestDatabase: Sendable {
  public let dsn: String
  private let name: String
  private let cluster: PostgresCluster

  /// A copy of a migrated database, or an empty one.
  public static func make(isEmpty: Bool = false) async throws -> PostgresTestDatabase {
    try await Maker.shared.make(isEmpty: isEmpty)
  }

  /// A database on a server of its own, which may be restarted.
  /// - Parameter isPooled: Whether gateways connect through a pooler in transaction mode.
  public static func makeAlone(isPooled: Bool) async throws -> PostgresTestDatabase {
    let cluster = try await onThread { try PostgresCluster.start(hasPooler: isPooled) }
    try await cluster.makeUpToDate("claw")
    return PostgresTestDatabase(name: "claw", cluster: cluster, isPooled: isPooled)
  }

  /// Restarts the server of ``makeAlone(isPooled:)`` like after a crash; returns when it responds again.
  public func restartServer() async throws {
    let cluster = cluster
    try await onThread { try cluster.restart() }
  }

  /// The server's log: warnings and errors of all its databases.
  public func serverLog() throws -> String { try cluster.serverLog() }

  /// Terminates all other connections to this database.
  public func cutConnections() throws {
    _ = try rows(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(name)' AND pid <> pg_backend_pid()")
  }

  fileprivate init(name: String, cluster: PostgresCluster, isPooled: Bool = false) {
    self.name = name
    self.cluster = cluster
    dsn = isPooled ? cluster.pooledDSN(name) : cluster.dsn(name)
  }

  /// The rows of a statement as text, as a superuser: of all tenants.
  public func rows(_ sql: String) throws -> [[String?]] { try AdminConnection(cluster.dsn(name)).run(sql) }

  /// The results of a statement on the various connections of a pooler.
  public func pooledRows(_ sql: String) throws -> [[String?]] {
    try (0..<20).flatMap { _ in try AdminConnection(dsn).run(sql) }
  }

  /// All rows of all tables as text, for tests that look for forbidden content.
  public func contents() throws -> String {
    let admin = try AdminConnection(dsn)
    let tables = try admin.run("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").compactMap { $0[0] }
    return try tables.flatMap { table in
      try admin.run("SELECT CAST(t AS TEXT) FROM \(table) AS t").map { "\(table) \($0[0] ?? "")" }
    }.joined(separator: "\n")
  }

  deinit {
    // Failure is harmless: the server ends with the process.
    _ = try? AdminConnection(cluster.dsn("postgres")).run("DROP DATABASE IF EXISTS \(name) WITH (FORCE)")
  }

  /// Creates databases one by one.
  private actor Maker {
    static let shared = Maker()
    private static let template = "claw_template"
    private var cluster: Task<PostgresCluster, any Error>?
    private var made = 0

    func make(isEmpty: Bool) async throws -> PostgresTestDatabase {
      let cluster = try await started()
      made += 1
      let name = "claw_\(made)"
      let source = isEmpty ? "template0" : Self.template
      try await onThread {
        _ = try AdminConnection(cluster.dsn("postgres")).run("CREATE DATABASE \(name) TEMPLATE \(source)")
      }
      return PostgresTestDatabase(name: name, cluster: cluster)
    }

    private func started() async throws -> PostgresCluster {
      if let cluster { return try await cluster.value }
      let starting = Task {
        let cluster = try await onThread { try PostgresCluster.start() }
        try await cluster.makeUpToDate(Self.template)
        return cluster
      }
      cluster = starting
      return try await starting.value
    }
  }
}

/// Runs blocking code on a separate thread: tests have only as many pool threads as cores.
private func onThread<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
  try await withCheckedThrowingContinuation { (done: CheckedContinuation<T, any Error>) in
    Thread.detachNewThread { done.resume(with: Result { try body() }) }
  }
}

extension PostgresCluster {
  /// Creates and migrates a database.
  fileprivate func makeUpToDate(_ name: String) async throws {
    try await onThread { _ = try AdminConnection(dsn("postgres")).run("CREATE DATABASE \(name)") }
    await (try Store.openPostgres(PostgresConfiguration(dsn: dsn(name), pool: 1))).close()
  }
}
