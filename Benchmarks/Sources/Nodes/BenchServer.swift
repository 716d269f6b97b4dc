import ClawStore

/// A PostgreSQL server for benchmarks; started by `Benchmarks/run`.
struct BenchServer: Sendable {
  /// The DSN without the database name.
  private let dsn: String

  init(_ dsn: String) { self.dsn = dsn }

  func dsn(_ database: String) -> String { "\(dsn) dbname=\(database)" }

  /// Uses a database as its superuser.
  func use<T>(_ database: String, _ body: (any Database) async throws -> T) async throws -> T {
    let database = try PostgresDatabase(PostgresConfiguration(dsn: dsn(database), pool: 1, notifies: false))
    do {
      let value = try await body(database)
      await database.close()
      return value
    } catch {
      await database.close()
      throw error
    }
  }
}

extension Database {
  /// The rows of a statement, as text.
  func rows(_ sql: String, columns: Int) async throws -> [[String]] {
    try await read(as: .owner) { connection in
      try connection.query(sql, []) { row in (0..<columns).map { row.text(Int32($0)) } }
    }
  }

  /// The single number that a statement returns.
  func number(_ sql: String) async throws -> Double {
    Double(try await rows(sql, columns: 1).first?.first ?? "") ?? 0
  }
}

extension DataDirectory {
  /// The rows of a statement on the SQLite file of a stopped gateway.
  func rows(_ sql: String, columns: Int) async throws -> [[String]] {
    let database = try SQLiteDatabase(SQLiteConfiguration(path: path + "/swiftclaw.db"))
    let rows = try await database.rows(sql, columns: columns)
    await database.close()
    return rows
  }
}

extension BenchServer {
  /// The same as a URI, for clients that require one.
  func url(_ database: String) -> String {
    let words = dsn(database).split(separator: " ").map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
    let values = Dictionary(words.map { ($0[0], $0.count > 1 ? $0[1] : "") }) { $1 }
    return
      "postgres://\(values["user"] ?? "postgres")@\(values["host"] ?? "127.0.0.1"):\(values["port"] ?? "5432")/\(database)"
  }
}
