import ClawCore
import PostgresTesting
import Testing

@testable import ClawStore

@Suite("A lost connection to PostgreSQL", .timeLimit(.minutes(10)))
struct LostConnectionTests {
  private static let table = "CREATE TABLE notes (id BIGINT PRIMARY KEY)"
  private static let insert = "INSERT INTO notes (id) VALUES ($1)"
  /// Terminates all other connections to the database, and waits for their end.
  private static let cut = """
    SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
    """

  private func withDatabase(
    pool: Int = 2, wait: Duration = .seconds(20), _ body: (PostgresDatabase, AdminConnection) async throws -> Void
  ) async throws {
    let made = try await PostgresTestDatabase.make(isEmpty: true)
    let database = try PostgresDatabase(PostgresConfiguration(dsn: made.dsn, pool: pool, wait: wait))
    try await database.write { _ = try $0.execute(Self.table, []) }
    try await body(database, try AdminConnection(made.dsn))
    await database.close()
  }

  private func ids(_ database: PostgresDatabase) async throws -> [Int64] {
    try await database.read { try $0.query("SELECT id FROM notes ORDER BY id", []) { $0.integer(0) } }
  }

  @Test("between transactions is replaced, and nobody notices")
  func idle() async throws {
    try await withDatabase { (database, admin) async throws in
      for id in 0..<5 {
        try admin.run(Self.cut)
        try await database.write { _ = try $0.execute(Self.insert, [.int(id)]) }
        try admin.run(Self.cut)
        #expect(try await ids(database).count == id + 1)
      }
    }
  }

  @Test("in the middle of a transaction has it done again, once, as a whole")
  func midway() async throws {
    try await withDatabase { (database, admin) async throws in
      let tries = Counter()
      let acted = Counter()
      let dsn = admin.dsn
      try await database.write { connection in
        tries.increment()
        connection.afterCommit { acted.increment() }
        try connection.execute(Self.insert, [.int(1)])
        if tries.value == 1 { try AdminConnection(dsn).run(Self.cut) }
        try connection.execute(Self.insert, [.int(2)])
      }
      #expect(tries.value == 2)
      #expect(acted.value == 1)
      #expect(try await ids(database) == [1, 2])
    }
  }

  @Test("right before COMMIT has it done again: the server is asked, and knows that nothing was kept")
  func beforeCommit() async throws {
    try await withDatabase { (database, admin) async throws in
      let tries = Counter()
      let dsn = admin.dsn
      try await database.write { connection in
        tries.increment()
        try connection.execute(Self.insert, [.int(1)])
        if tries.value == 1 { try AdminConnection(dsn).run(Self.cut) }
      }
      #expect(tries.value == 2)
      #expect(try await ids(database) == [1])
    }
  }

  @Test("right after COMMIT loses the answer alone: the mark says that it was kept, and it is not done again")
  func afterCommit() async throws {
    let made = try await PostgresTestDatabase.make()
    let relay = try LossyRelay(to: made.dsn)
    let database = try PostgresDatabase(PostgresConfiguration(dsn: relay.dsn, pool: 1, wait: .seconds(20)))
    let count = """
      INSERT INTO node_state (name, value) VALUES ('count', '1')
      ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(node_state.value AS INT) + 1 AS TEXT)
      """
    let (tries, acted) = (Counter(), Counter())
    for round in 1...4 {
      try await database.write(as: .node) { connection in
        tries.increment()
        connection.afterCommit { acted.increment() }
        try connection.execute(count, [])
        // The first stores the worker's first mark, later ones the next marks.
        if round != 3, tries.value == round { relay.loseCommit() }
      }
      #expect(tries.value == round && acted.value == round)
    }
    #expect(try made.rows("SELECT value FROM node_state WHERE name = 'count'") == [["4"]])
    await database.close()
    relay.close()
  }

  @Test("can be asked after by the number that its transaction was given")
  func number() async throws {
    try await withDatabase { (database, admin) async throws in
      let tries = Counter()
      let number = Locked<String>("")
      try await database.write { connection in
        tries.increment()
        try connection.execute(Self.insert, [.int(1)])
        let found = try connection.query("SELECT CAST(pg_current_xact_id() AS TEXT)", []) { $0.text(0) }
        number.withLock { $0 = found.first ?? "" }
      }
      let status = PostgresTransaction.status(of: number.withLock { $0 })
      #expect(try admin.run(status) == [["committed"]])
      #expect(tries.value == 1)
    }
  }

  @Test("transactions in each other's way are done again until both are through")
  func deadlock() async throws {
    try await withDatabase(pool: 4) { (database, _) async throws in
      try await database.write { connection in
        for id in 0..<2 { try connection.execute(Self.insert, [.int(id)]) }
        try connection.execute("ALTER TABLE notes ADD COLUMN n BIGINT NOT NULL DEFAULT 0", [])
      }
      let add = "UPDATE notes SET n = n + 1 WHERE id = $1"
      try await withThrowingTaskGroup(of: Void.self) { group in
        for job in 0..<8 {
          group.addTask {
            try await database.write { connection in
              for id in job % 2 == 0 ? [0, 1] : [1, 0] { try connection.execute(add, [.int(id)]) }
            }
          }
        }
        try await group.waitForAll()
      }
      let sums = try await database.read { try $0.query("SELECT n FROM notes", []) { $0.int(0) } }
      #expect(sums == [8, 8])
    }
  }

  @Test("a body that goes on after a failed statement does not make a commit of it")
  func swallowed() async throws {
    try await withDatabase { (database, _) async throws in
      let failed = await code {
        try await database.write { connection in
          try connection.execute(Self.insert, [.int(1)])
          _ = try? connection.execute(Self.insert, [.int(1)])
        }
      }
      #expect(failed == .internalError)
      #expect(try await ids(database).isEmpty)
    }
  }

  @Test("a server that is away is UNAVAILABLE, and a missing library says what to install")
  func away() async throws {
    let database = try PostgresDatabase(
      PostgresConfiguration(dsn: "host=/nonexistent dbname=none", pool: 1, wait: .milliseconds(1)))
    #expect(await code { _ = try await database.read { _ in 1 } } == .unavailable)
    await database.close()
    do {
      try PostgresLibrary.load("libpq-that-is-not-there.so.5")
      Issue.record("it was loaded")
    } catch {
      #expect(error.code == .failedPrecondition && error.message.contains("install libpq5"))
      #expect(error.message.contains("libpq-that-is-not-there.so.5"))
    }
  }

  @Test("the queue of waiting transactions has a bound, and what waits too long is refused")
  func bounded() async throws {
    try await withDatabase(pool: 1) { (database, admin) async throws in
      let dsn = admin.dsn
      let small = try PostgresDatabase(
        PostgresConfiguration(dsn: dsn, pool: 1, wait: .milliseconds(200), maxWaiting: 3))
      try admin.run("BEGIN; LOCK TABLE notes")
      let refused = await withTaskGroup(of: Bool.self) { group in
        for id in 0..<12 {
          group.addTask {
            await code { try await small.write { _ = try $0.execute(Self.insert, [.int(id)]) } } == .unavailable
          }
        }
        var refused = 0
        while refused < 11, let isRefused = await group.next() { refused += isRefused ? 1 : 0 }
        _ = try? admin.run("COMMIT")
        return refused
      }
      #expect(refused == 11)
      #expect(try await ids(small).count == 1)
      await small.close()
    }
  }
}
