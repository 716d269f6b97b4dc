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

@Suite("A busy database", .timeLimit(.minutes(5)))
struct BusyDatabaseTests {
  @Test("makes a write wait, never fail; reads go on meanwhile", arguments: ["IMMEDIATE", "EXCLUSIVE"])
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
        // Many ways to the database and back: the writes are long under way, and none may have got through.
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

  @Test("does not keep the write-ahead log from being moved later")
  func syncsAfterwards() async throws {
    try await withDatabase { database, directory in
      try await database.write { connection in
        _ = try connection.execute("CREATE TABLE notes (id BIGINT PRIMARY KEY)", [])
      }
      let intruder = try Intruder(directory.database)
      try intruder.run("BEGIN IMMEDIATE")
      async let synced: Void = database.sync()
      _ = try await database.read { try $0.query("SELECT 1", []) { $0.int(0) } }
      try intruder.run("COMMIT")
      try await synced
    }
  }
}
