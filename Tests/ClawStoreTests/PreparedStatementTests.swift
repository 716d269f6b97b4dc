import ClawCore
import PostgresTesting
import Testing

@testable import ClawStore

@Suite("What is prepared on a connection to PostgreSQL", .timeLimit(.minutes(10)))
struct PreparedStatementTests {
  @Test("does not grow with the columns that are null in one row and not in another")
  func nulls() async throws {
    let made = try await PostgresTestDatabase.make()
    let store = try await Store.openPostgres(PostgresConfiguration(dsn: made.dsn, pool: 1))
    let session = try await say("x", in: address("main"), store).id
    for pattern in 0..<64 {
      let rows = (0..<16).map { row in
        TranscriptMessage(
          seq: Int64(2 + pattern * 16 + row), id: .generate(at: start),
          run: pattern >> (row % 6) & 1 == 1 ? RunID(unchecked: "run") : nil, createdAt: start,
          body: .user(UserMessage("x")))
      }
      try await store.tenant(acme).write { try $0.messages.add(rows, to: session) }
    }
    let prepared = try await store.database.read(as: .owner) { connection in
      try connection.query("SELECT statement FROM pg_prepared_statements", []) { $0.text(0) }
    }
    #expect(prepared.count { $0.hasPrefix("INSERT INTO messages") } <= 5)
    #expect(try made.rows("SELECT 1 FROM messages WHERE run_id IS NULL LIMIT 2").count == 2)
    await store.close()
  }

  @Test("is bounded, whatever is asked")
  func bound() async throws {
    let made = try await PostgresTestDatabase.make(isEmpty: true)
    let database = try PostgresDatabase(PostgresConfiguration(dsn: made.dsn, pool: 1))
    for round in 0..<2 {
      let numbers = try await database.read(as: .owner) { connection in
        try (0..<PostgresStatements.maxNames + 50).flatMap { number in
          try connection.query("SELECT \(number) + $1", [.int(round)]) { $0.int(0) }
        }
      }
      #expect(numbers == (0..<PostgresStatements.maxNames + 50).map { $0 + round })
    }
    let count = try await database.read(as: .owner) { connection in
      try connection.query("SELECT count(*) FROM pg_prepared_statements", []) { $0.int(0) }
    }
    #expect(count == [PostgresStatements.maxNames])
    await database.close()
  }
}
