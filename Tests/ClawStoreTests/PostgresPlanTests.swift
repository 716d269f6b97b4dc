import ClawCore
import PostgresTesting
import Testing

@testable import ClawStore

/// Query plans of PostgreSQL, with the service role and its policies.
@Suite("L21: query plans of PostgreSQL", .timeLimit(.minutes(10)))
struct PostgresPlanTests {
  @Test("soon after the database was made, rows are found by their key and not by all of a tenant's")
  func byKey() async throws {
    let database = try await PostgresTestDatabase.make()
    let store = try await Store.openPostgres(PostgresConfiguration(dsn: database.dsn, pool: 2))
    for number in 0..<300 {
      let place = address("\(number)")
      let session = try await say("x", in: place, store)
      let run = NewRun(
        id: .generate(at: start), address: place, session: session.id, source: "ws", lane: .main,
        options: RunOptions(), messageSeq: 1)
      try await store.tenant(acme).write { _ = try $0.runs.add(run, at: start) }
    }
    let tablesToAnalyze = "SELECT relname FROM pg_class WHERE relname IN ('runs', 'sessions') AND reltuples < 0"
    #expect(try database.rows(tablesToAnalyze).count == 2)
    try await store.analyzeGrownTables()
    #expect(try database.rows(tablesToAnalyze).isEmpty)
    await store.close()
    let admin = try AdminConnection(database.dsn)
    let statements = StatementTexts.tenant.map(\.text).filter { text in
      text.contains(/(?:FROM|UPDATE) (?:runs|sessions)\b/) && text.contains(/WHERE tenant_id = \$1 AND id = \$2\b/)
    }
    #expect(statements.count >= 9)
    let role = PostgresText.name(PostgresConfiguration.defaultRole)
    for (number, text) in statements.enumerated() {
      let values = (text.matches(of: /\$(\d+)/).compactMap { Int($0.1) }.max() ?? 1) - 1
      let arguments = ["'acme'"] + [String](repeating: "NULL", count: values)
      let plan = try admin.run(
        """
        BEGIN; SET LOCAL ROLE \(role); SET LOCAL swiftclaw.tenant = 'acme'; SET LOCAL plan_cache_mode = force_generic_plan;
        PREPARE p\(number) AS \(text); EXPLAIN EXECUTE p\(number)(\(arguments.joined(separator: ", ")))
        """
      ).compactMap { $0[0] }
      try admin.run("ROLLBACK")
      let indexes = ["runs_pkey", "sessions_pkey", "sessions_ephemeral"]
      #expect(plan.contains { line in indexes.contains { line.contains($0) } }, "\(text): \(plan)")
    }
  }

  @Test("what is prepared while a table is small does not read all of it for ever after")
  func whileSmall() async throws {
    let database = try await PostgresTestDatabase.make()
    let store = try await Store.openPostgres(PostgresConfiguration(dsn: database.dsn, pool: 1))
    for number in 0..<5 { try await say("x", in: address("\(number)"), store) }
    _ = try database.rows("ANALYZE sessions")
    let plan = try await store.database.read(as: .tenant(acme)) { connection in
      try connection.query("EXPLAIN UPDATE sessions SET label = '' WHERE tenant_id = 'acme' AND id = 'x'", []) {
        $0.text(0)
      }
    }
    #expect(plan.contains { $0.contains("sessions_pkey") }, "\(plan)")
    await store.close()
  }

  @Test("tables are measured again as they grow")
  func growing() async throws {
    let database = try await PostgresTestDatabase.make()
    let store = try await Store.openPostgres(PostgresConfiguration(dsn: database.dsn, pool: 1))
    let measured = "SELECT CAST(reltuples AS INT) FROM pg_class WHERE relname = 'node_state'"
    var known: [String?] = []
    for (from, to) in [(1, 500), (501, 600), (601, 20_000)] {
      _ = try database.rows(
        "INSERT INTO node_state SELECT 'x' || g, repeat('x', 100) FROM generate_series(\(from), \(to)) g")
      try await store.analyzeGrownTables()
      known += try database.rows(measured).map { $0[0] }
    }
    let counts = known.compactMap { $0.flatMap { Int($0) } }
    // Slight growth changes nothing.
    #expect(counts.count == 3 && counts[0] >= 500 && counts[1] == counts[0] && counts[2] >= 20_000, "\(known)")
    await store.close()
  }
}
