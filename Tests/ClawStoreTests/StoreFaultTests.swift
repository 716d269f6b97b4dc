import CSQLite
import ClawCore
import Foundation
import Testing

@testable import ClawStore

/// Damage to the file of a running gateway.
@Suite("A damaged or replaced database file", .timeLimit(.minutes(10)))
struct StoreFaultTests {
  private struct Seen: Sendable {
    let faults: Locked<[StoreFault]>
    let store: Store
    let path: String
  }

  private func withWatched(_ body: (Seen) async throws -> Void) async throws {
    let directory = try TestDirectory()
    let store = try await Store.openSQLite(SQLiteConfiguration(path: directory.database))
    let faults = Locked<[StoreFault]>([])
    store.observeFaults { fault in faults.withLock { $0.append(fault) } }
    for index in 0..<20 { try await say(String(repeating: "x", count: 4000), in: address("s\(index)"), store) }
    try await body(Seen(faults: faults, store: store, path: directory.database))
    await store.close()
  }

  /// Checkpoints the whole log.
  private func checkpoint(_ path: String) throws {
    try SQLiteConnection(path: path, readOnly: false).run("PRAGMA wal_checkpoint(TRUNCATE)")
  }

  private func expectRefused(_ seen: Seen, as kind: StoreFault.Kind) async {
    let refused = await code { try await say("lost", in: address("main"), seen.store) }
    #expect(refused == .internalError)
    #expect(await code { try await seen.store.check(within: .seconds(60)) } == .internalError)
    #expect(seen.store.fault?.kind == kind)
    for _ in 0..<3 { await seen.store.look() }
    let faults = seen.faults.withLock { $0 }
    #expect(faults.map(\.kind) == [kind])
    #expect(faults.allSatisfy { $0.advice.contains(seen.path) && $0.advice.contains("restore") })
  }

  @Test("removed: nothing more is taken, and one fault is told")
  func removed() async throws {
    try await withWatched { seen in
      try FileManager.default.removeItem(atPath: seen.path)
      await expectRefused(seen, as: .removed)
    }
  }

  @Test("replaced by a copy of itself: nothing more is taken")
  func replaced() async throws {
    try await withWatched { seen in
      let copy = seen.path + ".copy"
      try FileManager.default.copyItem(atPath: seen.path, toPath: copy)
      #expect(rename(copy, seen.path) == 0)
      await expectRefused(seen, as: .replaced)
    }
  }

  @Test("cut short: nothing more is taken", arguments: [0, 2])
  func truncated(part: Int) async throws {
    try await withWatched { seen in
      try checkpoint(seen.path)
      await seen.store.look()
      let size = try FileManager.default.attributesOfItem(atPath: seen.path)[.size] as? Int ?? 0
      #expect(truncate(seen.path, part == 0 ? 0 : size / part) == 0)
      await expectRefused(seen, as: .truncated)
    }
  }

  @Test("moved away and back: all goes on")
  func movedAndBack() async throws {
    try await withWatched { seen in
      #expect(rename(seen.path, seen.path + ".away") == 0)
      await seen.store.look()
      #expect(seen.store.fault?.kind == .removed)
      #expect(rename(seen.path + ".away", seen.path) == 0)
      try await say("not lost", in: address("main"), seen.store)
      #expect(seen.store.fault == nil)
    }
  }

  @Test("made smaller by a VACUUM of another program: all goes on")
  func vacuumed() async throws {
    try await withWatched { seen in
      let other = try SQLiteConnection(path: seen.path, readOnly: false)
      try other.run("DELETE FROM messages; PRAGMA wal_checkpoint(TRUNCATE)")
      await seen.store.look()
      try other.run("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")
      try await say("not lost", in: address("main"), seen.store)
      #expect(seen.store.fault == nil && seen.faults.withLock { $0.isEmpty })
    }
  }

  @Test("damaged, as SQLite says when it reads: nothing more is taken")
  func damaged() async throws {
    try await withWatched { seen in
      let refused = await code {
        _ = try await seen.store.database.read(as: .owner) { _ -> Int in
          throw DatabaseError(
            kind: DatabaseError.Kind(sqlite: SQLITE_CORRUPT, errno: 0), code: 11, message: "malformed")
        }
      }
      #expect(refused == .internalError)
      await expectRefused(seen, as: .damaged)
    }
  }

  @Test("is refused at a start with what is to be done")
  func refusedAtStart() async throws {
    let directory = try TestDirectory()
    try await withStore(in: directory) { _ = try await say("hello", in: address("main"), $0) }
    try checkpoint(directory.database)
    #expect(truncate(directory.database, 8192) == 0)
    do {
      _ = try await Store.openSQLite(SQLiteConfiguration(path: directory.database))
      Issue.record("a file that was cut short was opened")
    } catch let error as ClawError {
      #expect(error.message.contains("damaged") && error.message.contains("restore a backup"))
    }
    #expect(SQLiteCheck.fault(of: directory.database, within: .seconds(60))?.message.contains("damaged") == true)
  }

  @Test("a whole file has no fault")
  func whole() async throws {
    let directory = try TestDirectory()
    try await withStore(in: directory) { _ = try await say("hello", in: address("main"), $0) }
    #expect(SQLiteCheck.fault(of: directory.database, within: .seconds(60)) == nil)
  }

  @Test("the question whether writes are taken writes a page each time")
  func probe() async throws {
    let directory = try TestDirectory()
    try await withStore(in: directory) { store in
      let other = try SQLiteConnection(path: directory.database, readOnly: true)
      var versions: [Int] = []
      for _ in 0..<4 {
        try await store.check(within: .seconds(60))
        versions += try other.query("PRAGMA data_version", []) { $0.int(0) }
      }
      #expect(Set(versions).count == 4)
    }
  }

  @Test(
    "each cause has its own name",
    arguments: [
      (SQLITE_FULL, 0, "disk is full"), (SQLITE_IOERR, ENOSPC, "disk is full"), (SQLITE_IOERR, EFBIG, "disk is full"),
      (SQLITE_IOERR, EROFS, "read-only"), (SQLITE_READONLY, 0, "read-only"), (SQLITE_CANTOPEN, EROFS, "read-only"),
      (SQLITE_IOERR, EIO, "input/output error"), (SQLITE_CORRUPT, 0, "restore a backup"),
      (SQLITE_NOTADB, 0, "restore a backup"), (SQLITE_BUSY, 0, "another program has locked"),
      (SQLITE_INTERRUPT, 0, "took too long"),
    ])
  func names(code: Int32, errno: Int32, words: String) {
    let error = DatabaseError(kind: DatabaseError.Kind(sqlite: code, errno: errno), code: Int(code), message: "").claw
    #expect(error.message.contains(words))
    let isDamage = code == SQLITE_CORRUPT || code == SQLITE_NOTADB
    #expect(error.isRetryable != isDamage)
    #expect(error.code == (isDamage ? .internalError : .unavailable))
  }
}
