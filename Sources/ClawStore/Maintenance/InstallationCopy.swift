import ClawCore
import Crypto

/// Migrates an SQLite file to an empty PostgreSQL database, in one transaction that reads back and compares every table
/// before it commits.
public struct InstallationCopy: Sendable {
  /// A table that was copied.
  public struct Table: Sendable, Hashable {
    public let name: String
    public let rows: Int
  }

  private struct Source: Sendable {
    let name: String
    /// In table order, with whether they are numeric.
    let columns: [(name: String, isNumber: Bool)]
    /// Columns of the primary key.
    let key: [String]
  }

  /// An order-independent checksum of a set of rows.
  private struct Checksum: Equatable {
    private(set) var rows = 0
    private var sum: [UInt64] = [0, 0, 0, 0]

    mutating func add(_ row: [SQLValue]) {
      var hash = SHA256()
      for value in row {
        switch value {
        case .null: hash.update(data: [0])
        case .integer(let number): hash.update(data: [1] + withUnsafeBytes(of: number.bigEndian) { Array($0) })
        case .text(let text):
          let bytes = Array(text.utf8)
          hash.update(data: [2] + withUnsafeBytes(of: Int64(bytes.count).bigEndian) { Array($0) } + bytes)
        }
      }
      let digest = Array(hash.finalize())
      for part in 0..<4 {
        sum[part] &+= digest[part * 8..<part * 8 + 8].reduce(0) { $0 << 8 | UInt64($1) }
      }
      rows += 1
    }
  }

  /// Rows per read and per write.
  private static let page = 200

  private let path: String
  private let role: String

  /// - Parameters:
  ///   - path: The SQLite file. It must not be written to meanwhile (see ``DataDirectoryLock``), and its schema must be
  ///     up to date.
  ///   - role: The service role, as in ``PostgresConfiguration/role``.
  public init(of path: String, role: String = PostgresConfiguration.defaultRole) {
    self.path = path
    self.role = role
  }

  /// Copies, compares and commits.
  /// - Parameter target: A database whose schema is up to date and which is otherwise empty.
  /// - Throws: ``ClawError`` `failedPrecondition` if the target is not empty or if what it stored differs from the
  ///   source; the transaction is then rolled back.
  public func run(into target: Store) async throws -> [Table] {
    try await target.database.write(as: .owner) { connection in
      let source = try SQLiteConnection(path: path, readOnly: true)
      let tables = try Self.tables(of: source)
      let policies = RowPolicies(role: role)
      try policies.loosen(on: connection)
      for table in tables where try !Self.isEmpty(table, on: connection) {
        throw ClawError(
          .failedPrecondition,
          "the database is not empty: its table \(table.name) has rows; name an empty database with --to")
      }
      let copied = try tables.map { try Self.copy($0, from: source, to: connection) }
      try policies.tighten(on: connection)
      return copied
    }
  }

  private static func tables(of source: SQLiteConnection) throws -> [Source] {
    let columns = try source.query(
      """
      SELECT t.name, c.name, c.type, c.pk FROM sqlite_schema t JOIN pragma_table_info(t.name) c
      WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name <> 'schema_migrations' ORDER BY t.name, c.cid
      """, []
    ) { (table: $0.text(0), name: $0.text(1), isNumber: $0.text(2) == "BIGINT", key: $0.int(3)) }
    return Dictionary(grouping: columns, by: \.table).sorted { $0.key < $1.key }.map { name, columns in
      Source(
        name: name, columns: columns.map { ($0.name, $0.isNumber) },
        key: columns.filter { $0.key > 0 }.sorted { $0.key < $1.key }.map(\.name))
    }
  }

  private static func isEmpty(_ table: Source, on connection: any DatabaseConnection) throws -> Bool {
    try connection.query("SELECT 1 FROM \(PostgresText.name(table.name)) LIMIT 1", []) { $0.int(0) }.isEmpty
  }

  private static func copy(
    _ table: Source, from source: SQLiteConnection, to target: any DatabaseConnection
  ) throws -> Table {
    var (given, taken) = (Checksum(), Checksum())
    let columns = table.columns.map { PostgresText.name($0.name) }.joined(separator: ", ")
    try eachPage(of: table, on: source) { rows in
      let values = rows.indices.map { row in
        let first = row * table.columns.count
        return "(" + table.columns.indices.map { "$\(first + $0 + 1)" }.joined(separator: ", ") + ")"
      }
      try target.execute(
        "INSERT INTO \(PostgresText.name(table.name)) (\(columns)) VALUES \(values.joined(separator: ", "))",
        rows.flatMap { $0 })
      for row in rows { given.add(row) }
    }
    try eachPage(of: table, on: target) { rows in
      for row in rows { taken.add(row) }
    }
    guard given == taken else {
      throw ClawError(
        .failedPrecondition,
        """
        the table \(table.name) is not the same after copying (\(given.rows) rows were given, \(taken.rows) are there); \
        nothing was kept
        """)
    }
    return Table(name: table.name, rows: given.rows)
  }

  /// Reads a table in primary key order, a page at a time.
  private static func eachPage(
    of table: Source, on connection: any DatabaseConnection, _ body: ([[SQLValue]]) throws -> Void
  ) throws {
    let columns = table.columns.map { PostgresText.name($0.name) }.joined(separator: ", ")
    let key = table.key.map { PostgresText.name($0) }.joined(separator: ", ")
    let places = table.key.compactMap { name in table.columns.firstIndex { $0.name == name } }
    let select = "SELECT \(columns) FROM \(PostgresText.name(table.name))"
    let marks = table.key.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
    var last: [SQLValue] = []
    while true {
      let after = last.isEmpty ? "" : " WHERE (\(key)) > (\(marks))"
      let rows = try connection.query("\(select)\(after) ORDER BY \(key) LIMIT \(page)", last) { row in
        table.columns.enumerated().map { index, column -> SQLValue in
          let index = Int32(index)
          guard !row.isNull(index) else { return .null(column.isNumber ? .integer : .text) }
          return column.isNumber ? .integer(row.integer(index)) : .text(row.text(index))
        }
      }
      if !rows.isEmpty { try body(rows) }
      guard rows.count == page, let end = rows.last else { return }
      last = places.map { end[$0] }
    }
  }
}
