import CSQLite
import ClawCore
import PostgresTesting
import Testing

@testable import ClawStore

/// Routine work of nodes touches no parked run, as measured by the rows and steps that the engines count.
@Suite("What parked runs cost", .timeLimit(.minutes(10)))
struct ParkedRunCostTests {
  private static let many = 10_000
  private static let late = start + .seconds(60)
  private static let soon = start + .seconds(30)

  /// Twenty claimable runs, of several tenants and users.
  private func fill(_ store: Store) async throws {
    try await store.node.write { transaction in
      for number in 0..<20 {
        try transaction.queue.add(
          RunID(unchecked: "run-\(number)"), of: TenantID(unchecked: "tenant-\(number % 3)"),
          user: UserID(unchecked: "user-\(number % 5)"), mailbox: SessionID(unchecked: "mailbox-\(number)"),
          position: 1, lane: .main)
      }
    }
  }

  /// Runs of the same tenants and lane that are parked for another hour.
  private static let park = """
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(many))
    INSERT INTO work_queue
      (id, tenant_id, kind, mailbox, position, lane, due_at, lease_until, owner, fence, user_hash, is_head)
    SELECT 'parked-' || i, 'tenant-' || (i % 3), 'run', 'parked-mailbox-' || i, 1, 'main',
      \(start.milliseconds + 3_600_000), 0, '', 1, 'hash-' || (i % 5), 2 FROM n
    """

  /// A node's search for work: claim, check for claimable lanes, count queued runs, look for headless mailboxes and
  /// expired waits.
  private static func look(_ transaction: NodeTransaction) throws -> Int {
    let queue = transaction.queue
    let claimed = try queue.claim(.main, limit: 64, owner: NodeID(unchecked: "n"), now: soon, until: late)
    _ = try queue.claimableLanes(now: soon)
    _ = try queue.waiting(now: soon)
    _ = try queue.headless(limit: 100)
    _ = try queue.dueParked(.main, now: soon, limit: 100)
    for lease in claimed.leases { try queue.release(lease) }
    return claimed.leases.count
  }

  /// Records the statements of a connection.
  private final class Recorder: DatabaseConnection {
    let inner: SQLiteConnection
    var asked: [(sql: String, parameters: [SQLValue])] = []
    var dialect: SQLDialect { .sqlite }

    init(_ inner: SQLiteConnection) { self.inner = inner }

    func execute(_ sql: String, _ parameters: [SQLValue]) throws -> Int {
      asked.append((sql, parameters))
      return try inner.execute(sql, parameters)
    }

    func query<T>(_ sql: String, _ parameters: [SQLValue], _ read: (any SQLRow) throws -> T) throws -> [T] {
      asked.append((sql, parameters))
      return try inner.query(sql, parameters, read)
    }

    func afterCommit(_ action: @escaping @Sendable () -> Void) {}
  }

  /// The virtual-machine steps of a read statement in SQLite.
  private static func steps(_ sql: String, _ parameters: [SQLValue], in file: String) throws -> Int {
    var handle, statement: OpaquePointer?
    #expect(sqlite3_open_v2(file, &handle, SQLITE_OPEN_READONLY, nil) == SQLITE_OK)
    defer { sqlite3_close_v2(handle) }
    #expect(sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK)
    defer { sqlite3_finalize(statement) }
    for (place, value) in parameters.enumerated() {
      switch value {
      case .integer(let number): sqlite3_bind_int64(statement, Int32(place + 1), number)
      case .text(let text):
        // SQLITE_TRANSIENT, which Swift does not import.
        sqlite3_bind_text(
          statement, Int32(place + 1), text, Int32(text.utf8.count), unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        )
      default: sqlite3_bind_null(statement, Int32(place + 1))
      }
    }
    while sqlite3_step(statement) == SQLITE_ROW {}
    return Int(sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 0))
  }

  @Test("SQLite takes as many statements, and as many steps for each, whether none is parked or 10,000")
  func sqlite() async throws {
    let directory = try TestDirectory()
    try await withStore(in: directory) { try await fill($0) }
    var costs: [[Int]] = []
    for isCrowded in [false, true] {
      let recorder = Recorder(try SQLiteConnection(path: directory.database, readOnly: false))
      if isCrowded { #expect(try recorder.inner.execute(Self.park, []) == Self.many) }
      // The first search leaves the rows as each further one finds them.
      _ = try Self.look(NodeTransaction(connection: recorder))
      recorder.asked = []
      #expect(try Self.look(NodeTransaction(connection: recorder)) == 20)
      costs.append(
        try recorder.asked.map { asked in
          asked.sql.hasPrefix("UPDATE") ? 0 : try Self.steps(asked.sql, asked.parameters, in: directory.database)
        })
    }
    #expect(costs[0].count > 30 && costs[0].count == costs[1].count && costs[0].contains { $0 > 0 })
    // To find that the first parked run is not due yet takes a step or two.
    for (empty, crowded) in zip(costs[0], costs[1]) { #expect(crowded <= empty + 10, "\(costs)") }
  }

  @Test("PostgreSQL reads no parked run of 10,000")
  func postgres() async throws {
    let database = try await PostgresTestDatabase.make()
    let store = try await Store.openPostgres(PostgresConfiguration(dsn: database.dsn, pool: 1))
    try await fill(store)
    var costs: [Int64] = []
    for isCrowded in [false, true] {
      if isCrowded { _ = try database.rows(Self.park) }
      _ = try await store.node.write { try Self.look($0) }
      _ = try database.rows("VACUUM ANALYZE work_queue")
      let cost = try await store.node.write { transaction in
        #expect(try Self.look(transaction) == 20)
        return try transaction.query(
          NodeStatement(
            """
            SELECT CAST(seq_tup_read + idx_tup_fetch AS BIGINT) FROM pg_stat_xact_user_tables
            WHERE relname = 'work_queue'
            """)
        ) { $0.integer(0) }[0]
      }
      costs.append(cost)
    }
    // It reads a small table as a whole and a large one by its indexes, so the counts differ, but not by the parked runs.
    #expect(costs[0] >= 20 && costs[1] < Int64(Self.many) / 10, "\(costs)")
    await store.close()
  }
}
