import ClawCore
import Foundation
import Testing

@testable import ClawStore

@Suite("Migrations", .bothEngines)
struct MigrationTests {
  private static let first = Migration(version: 1, name: "first") { _ in ["CREATE TABLE one (id TEXT PRIMARY KEY)"] }
  private static let second = Migration(version: 2, name: "second") { _ in ["CREATE TABLE two (id TEXT PRIMARY KEY)"] }

  private func tables(_ database: any Database) async throws -> [String] {
    let sql =
      switch TestEngine.current {
      case .sqlite: "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
      case .postgres: "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
      }
    return try await database.read { try $0.query(sql, []) { $0.text(0) } }
  }

  private func migrate(_ database: any Database, _ migrations: [Migration]) async throws -> [String] {
    try await Migrator(database: database, dialect: TestEngine.current.dialect, migrations: migrations).migrate(
      at: start)
  }

  private func failure(_ database: any Database, _ migrations: [Migration]) async -> ClawError? {
    do {
      _ = try await migrate(database, migrations)
      return nil
    } catch {
      return error as? ClawError
    }
  }

  @Test("make a new database, and leave one that is up to date alone")
  func fresh() async throws {
    try await withDatabase { (database, _) async throws in
      #expect(try await migrate(database, [Self.first]) == ["first"])
      #expect(try await migrate(database, [Self.first]) == [])
      #expect(try await migrate(database, [Self.first, Self.second]) == ["second"])
      #expect(try await tables(database) == ["one", "schema_migrations", "two"])
    }
  }

  @Test("keep what was stored when the file is opened again")
  func reopened() async throws {
    let directory = try TestDirectory()
    try await withStore(in: directory) { store in _ = try await say("hello", in: address("main"), store) }
    try await withStore(in: directory) { store in
      let counters = try await say("again", in: address("main"), store)
      #expect(counters.lastMessageSeq == 2)
    }
  }

  @Test("L32: a database of a newer program is refused by the name of the step, and not touched")
  func newer() async throws {
    try await withDatabase { (database, _) async throws in
      _ = try await migrate(database, [Self.first, Self.second])
      let error = try #require(await failure(database, [Self.first]))
      #expect(error.code == .failedPrecondition)
      #expect(error.message.contains("newer") && error.message.contains("2 \"second\""))
      #expect(error.message.contains("up to 1"))
    }
  }

  @Test("L32: a newer database is refused by the store as a whole")
  func newerStore() async throws {
    let directory = try TestDirectory()
    let later = Migration(version: 999, name: "later") { _ in [] }
    let store = try await Store.openSQLite(
      SQLiteConfiguration(path: directory.database), time: .system, migrations: Migration.all + [later])
    await store.close()
    let refused = await code { _ = try await Store.openSQLite(SQLiteConfiguration(path: directory.database)) }
    #expect(refused == .failedPrecondition)
  }

  @Test("a step that is not the one that was taken is refused")
  func changed() async throws {
    try await withDatabase { (database, _) async throws in
      _ = try await migrate(database, [Self.first])
      let changed = Migration(version: 1, name: "first") { _ in ["CREATE TABLE one (id TEXT, body TEXT)"] }
      let error = try #require(await failure(database, [changed, Self.second]))
      #expect(error.code == .failedPrecondition)
      #expect(error.message.contains("1 \"first\""))
      #expect(try await tables(database) == ["one", "schema_migrations"])
    }
  }

  @Test("a step that fails leaves nothing of itself, keeps the ones before, and can be taken once it is right")
  func failing() async throws {
    try await withDatabase { (database, _) async throws in
      let broken = Migration(version: 2, name: "broken") { _ in
        ["CREATE TABLE half (id TEXT PRIMARY KEY)", "INSERT INTO half (id) VALUES ('x')", "CREATE TABLE nonsense"]
      }
      #expect(await failure(database, [Self.first, broken]) != nil)
      #expect(try await tables(database) == ["one", "schema_migrations"])
      #expect(try await migrate(database, [Self.first, Self.second]) == ["second"])
    }
  }

  @Test("have checksums that tell where one statement ends and the next begins")
  func checksums() {
    let one = Migration(version: 1, name: "a") { _ in ["ab", "c"] }
    let two = Migration(version: 1, name: "a") { _ in ["a", "bc"] }
    #expect(one.checksum(.sqlite) != two.checksum(.sqlite))
    #expect(one.checksum(.sqlite).count == 64)
    #expect(Set(Migration.all.map(\.version)).count == Migration.all.count)
    #expect(Migration.all.map(\.version) == Migration.all.map(\.version).sorted())
  }
}

@Suite("The lock on a data directory")
struct DataDirectoryLockTests {
  @Test("a second gateway on the same file is refused, with what to do about it")
  func second() async throws {
    let directory = try TestDirectory()
    try await withStore(in: directory) { _ in
      do {
        _ = try await Store.openSQLite(SQLiteConfiguration(path: directory.database))
        Issue.record("the second store was opened")
      } catch let error as ClawError {
        #expect(error.code == .failedPrecondition)
        #expect(error.message.contains("another gateway is running") && error.message.contains("--data-dir"))
      }
    }
  }

  @Test("is free again once the first one is gone")
  func released() throws {
    let directory = try TestDirectory()
    do {
      let lock = try DataDirectoryLock(besides: directory.database)
      #expect(throws: ClawError.self) { try DataDirectoryLock(besides: directory.database) }
      withExtendedLifetime(lock) {}
    }
    #expect(throws: Never.self) { try DataDirectoryLock(besides: directory.database) }
  }

  @Test("closes no file of others when it is refused")
  func refused() async throws {
    let directory = try TestDirectory()
    let lock = try DataDirectoryLock(besides: directory.database)
    let lost = await withTaskGroup(of: Int.self) { group in
      for isOther in [false, true] {
        group.addTask {
          var lost = 0
          for _ in 0..<20_000 {
            if isOther {
              let file = open("/dev/null", O_RDONLY | O_CLOEXEC)
              if close(file) != 0 { lost += 1 }
            } else if (try? DataDirectoryLock(besides: directory.database)) != nil {
              lost += 1
            }
          }
          return lost
        }
      }
      return await group.reduce(0, +)
    }
    #expect(lost == 0)
    withExtendedLifetime(lock) {}
  }

  @Test("says so where the directory is not there")
  func missing() throws {
    let directory = try TestDirectory()
    #expect(throws: ClawError.self) { try DataDirectoryLock(besides: directory.path + "/none/test.db") }
  }

  @Test("an SQLite file that is none is refused as UNAVAILABLE")
  func noDatabase() async throws {
    let directory = try TestDirectory()
    try String(repeating: "not a database ", count: 100)
      .write(toFile: directory.database, atomically: true, encoding: .utf8)
    let refused = await code { _ = try await Store.openSQLite(SQLiteConfiguration(path: directory.database)) }
    #expect(refused == .unavailable)
  }
}
