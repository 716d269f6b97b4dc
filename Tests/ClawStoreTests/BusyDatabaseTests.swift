import CSQLite
import ClawCore
import Testing

@testable import ClawStore

/// Another program's connection to the same file.
private final class Intruder {
  private let handle: OpaquePointer

  init(_ path: String) throws {
    var opened: OpaquePointer?
    let code = sqlite3_open(path, &opened)
    handle = try #require(opened, "sqlite3_open: \(code)")
  }

  deinit { sqlite3_close_v2(handle) }

  func run(_ sql: String) throws {
    let code = sqlite3_exec(handle, sql, nil, nil, nil)
    try #require(code == SQLITE_OK, "\(sql): \(String(cString: sqlite3_errmsg(handle)))")
  }
}

@Suite("A busy database", .timeLimit(.minutes(10)))
struct BusyDatabaseTests {
  @Test("makes a write wait for its time; reads go on meanwhile", arguments: ["IMMEDIATE", "EXCLUSIVE"])
  func waits(_ mode: String) async throws {
    try await withDatabase { database, directory in
      try await database.write { connection in
        _ = try connection.execute("CREATE TABLE notes (id BIGINT PRIMARY KEY)", [])
      }
      let intruder = try Intruder(directory.database)
      try intruder.run("BEGIN \(mode)")
      try intruder.run("INSERT INTO notes (id) VALUES (0)")
      let written = Counter()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for id in 1...5 {
          group.addTask {
            try await database.write { connection in
              try connection.execute("INSERT INTO notes (id) VALUES ($1)", [.int(id)])
              written.increment()
            }
          }
        }
        // Many round trips to the database: the writes have long started, and none may have committed.
        for _ in 0..<50 {
          let seen = try await database.read { try $0.query("SELECT id FROM notes", []) { $0.integer(0) } }
          #expect(seen.isEmpty)
        }
        #expect(written.value == 0)
        try intruder.run("COMMIT")
        try await group.waitForAll()
      }
      let ids = try await database.read { try $0.query("SELECT id FROM notes ORDER BY id", []) { $0.integer(0) } }
      #expect(ids == Array(0...5))
    }
  }

  private func withNotes(
    wait: Duration = .seconds(5), _ body: (SQLiteDatabase, TestDirectory) async throws -> Void
  ) async throws {
    let directory = try TestDirectory()
    let database = try SQLiteDatabase(
      SQLiteConfiguration(path: directory.database, wait: wait, waitAtClose: .milliseconds(20)))
    try await database.write { _ = try $0.execute("CREATE TABLE notes (id BIGINT PRIMARY KEY, text TEXT)", []) }
    try await body(database, directory)
    await database.close()
  }

  @Test("fails a write that has waited long enough, and those that wait behind it; later ones work")
  func gaveUp() async throws {
    try await withNotes(wait: .milliseconds(100)) { database, directory in
      let intruder = try Intruder(directory.database)
      try intruder.run("BEGIN IMMEDIATE")
      let codes = await withTaskGroup(of: ClawError?.self) { group in
        for id in 1...20 {
          group.addTask {
            do {
              _ = try await database.write { try $0.execute("INSERT INTO notes (id) VALUES ($1)", [.int(id)]) }
              return nil
            } catch {
              return error as? ClawError
            }
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      for error in codes {
        #expect(error?.code == .unavailable && error?.message.contains("another program has locked") == true)
      }
      try intruder.run("COMMIT")
      _ = try await database.write { try $0.execute("INSERT INTO notes (id) VALUES (0)", []) }
    }
  }

  @Test("answers whether it takes writes within the time given, however long the lock is held")
  func probed() async throws {
    try await withNotes(wait: .seconds(600)) { database, directory in
      try await Migrator(database: database, dialect: .sqlite).migrate(at: start)
      try await database.probe(within: .seconds(60))
      let intruder = try Intruder(directory.database)
      try intruder.run("BEGIN IMMEDIATE")
      for _ in 0..<3 {
        #expect(await code { try await database.probe(within: .milliseconds(20)) } == .unavailable)
      }
      try intruder.run("COMMIT")
      try await database.probe(within: .seconds(60))
    }
  }

  @Test("does not keep a commit from being made durable, nor the file from being closed")
  func syncsMeanwhile() async throws {
    try await withNotes { database, directory in
      let intruder = try Intruder(directory.database)
      try intruder.run("BEGIN IMMEDIATE")
      try await database.sync()
      await database.close()
      try intruder.run("COMMIT")
    }
  }

  @Test("goes on writing however far its log grows while another program reads")
  func longReader() async throws {
    try await withNotes { database, directory in
      let intruder = try Intruder(directory.database)
      try intruder.run("BEGIN; SELECT COUNT(*) FROM notes")
      // 140 MB, more than the log may have before SQLite 3.40 would be asked to restart it.
      let text = String(repeating: "x", count: 4 << 20)
      for id in 1...35 {
        _ = try await database.write {
          try $0.execute("INSERT OR REPLACE INTO notes (id, text) VALUES ($1, $2)", [.int(id % 5), .text(text)])
        }
      }
      try intruder.run("COMMIT")
    }
  }
}
