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

  fileprivate init(name: String, cluster: PostgresCluster) {
    self.name = name
    self.cluster = cluster
    dsn = cluster.dsn(name)
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
      try AdminConnection(cluster.dsn("postgres")).run("CREATE DATABASE \(name) TEMPLATE \(source)")
      return PostgresTestDatabase(name: name, cluster: cluster)
    }

    private func started() async throws -> PostgresCluster {
      if let cluster { return try await cluster.value }
      let starting = Task {
        let cluster = try PostgresCluster.start()
        try AdminConnection(cluster.dsn("postgres")).run("CREATE DATABASE \(Self.template)")
        await (try Store.openPostgres(PostgresConfiguration(dsn: cluster.dsn(Self.template), pool: 1))).close()
        return cluster
      }
      cluster = starting
      return try await starting.value
    }
  }
}
