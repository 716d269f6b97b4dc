import ClawStore
import Foundation

/// A database of a test's own, gone with it.
public final class PostgresTestDatabase: Sendable {
  public let dsn: String
  private let name: String
  private let cluster: PostgresCluster

  /// A copy of one that was brought up to date, or an empty one.
  public static func make(isEmpty: Bool = false) async throws -> PostgresTestDatabase {
    try await Maker.shared.make(isEmpty: isEmpty)
  }

  /// A database on a server of its own, which may be restarted.
  /// - Parameter isPooled: Whether gateways are to reach it by way of a pooler in transaction mode.
  public static func makeAlone(isPooled: Bool) async throws -> PostgresTestDatabase {
    let cluster = try await onThread { try PostgresCluster.start(hasPooler: isPooled) }
    try await cluster.makeUpToDate("claw")
    return PostgresTestDatabase(name: "claw", cluster: cluster, isPooled: isPooled)
  }

  /// Restarts the server of ``makeAlone(isPooled:)`` as after a crash; returns when it answers again.
  public func restartServer() async throws {
    let cluster = cluster
    try await onThread { try cluster.restart() }
  }

  /// What the server has written to its log: warnings and errors of all its databases.
  public func serverLog() throws -> String { try cluster.serverLog() }

  /// Cuts every connection to this database but the one that does it.
  public func cutConnections() throws {
    _ = try rows(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(name)' AND pid <> pg_backend_pid()")
  }

  fileprivate init(name: String, cluster: PostgresCluster, isPooled: Bool = false) {
    self.name = name
    self.cluster = cluster
    dsn = isPooled ? cluster.pooledDSN(name) : cluster.dsn(name)
  }

  /// The rows of a statement as text, seen as the superuser sees them: of all tenants.
  public func rows(_ sql: String) throws -> [[String?]] { try AdminConnection(cluster.dsn(name)).run(sql) }

  /// What a statement says on whichever connections a pooler gives to one who asks often.
  public func pooledRows(_ sql: String) throws -> [[String?]] {
    try (0..<20).flatMap { _ in try AdminConnection(dsn).run(sql) }
  }

  /// All rows of all tables as text, for tests that look for what must not be kept.
  public func contents() throws -> String {
    let admin = try AdminConnection(dsn)
    let tables = try admin.run("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").compactMap { $0[0] }
    return try tables.flatMap { table in
      try admin.run("SELECT CAST(t AS TEXT) FROM \(table) AS t").map { "\(table) \($0[0] ?? "")" }
    }.joined(separator: "\n")
  }

  deinit {
    // Not worth a word if it fails: the server goes with the process.
    _ = try? AdminConnection(cluster.dsn("postgres")).run("DROP DATABASE IF EXISTS \(name) WITH (FORCE)")
  }

  /// Makes databases one after another.
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

/// Does what blocks on a thread of its own: tests have no more threads to share than there are cores.
private func onThread<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
  try await withCheckedThrowingContinuation { (done: CheckedContinuation<T, any Error>) in
    Thread.detachNewThread { done.resume(with: Result { try body() }) }
  }
}

extension PostgresCluster {
  /// Makes a database and brings it up to date.
  fileprivate func makeUpToDate(_ name: String) async throws {
    try await onThread { _ = try AdminConnection(dsn("postgres")).run("CREATE DATABASE \(name)") }
    await (try Store.openPostgres(PostgresConfiguration(dsn: dsn(name), pool: 1))).close()
  }
}
