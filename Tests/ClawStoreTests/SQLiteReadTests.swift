import ClawCore
import Dispatch
import Testing

@testable import ClawStore

@Suite("Reads of an SQLite file", .timeLimit(.minutes(10)))
struct SQLiteReadTests {
  private func withDatabase(
    readers: Int, wait: Duration = .seconds(600), readTimeout: Duration = .seconds(600), maxWaiting: Int = 10_000,
    _ body: (SQLiteDatabase) async throws -> Void
  ) async throws {
    let directory = try TestDirectory()
    let database = try SQLiteDatabase(
      SQLiteConfiguration(
        path: directory.database, readers: readers, wait: wait, readTimeout: readTimeout,
        maxWaitingReads: maxWaiting))
    try await body(database)
    await database.close()
  }

  /// A read that holds its connection until released.
  private func withSlowRead(
    of database: SQLiteDatabase, _ body: (_ letGo: DispatchSemaphore) async throws -> Void
  ) async throws {
    let (entered, letGo) = (AsyncStream.makeStream(of: Void.self), DispatchSemaphore(value: 0))
    async let slow: Void = database.read { _ in
      entered.continuation.yield()
      letGo.wait()
    }
    for await _ in entered.stream { break }
    do {
      try await body(letGo)
    } catch {
      letGo.signal()
      throw error
    }
    try await slow
  }

  private func read(_ database: SQLiteDatabase) async throws {
    _ = try await database.read { try $0.query("SELECT 1", []) { $0.int(0) } }
  }

  @Test("a slow one holds up no other while a connection is free")
  func slow() async throws {
    try await withDatabase(readers: 2) { database in
      try await withSlowRead(of: database) { letGo in
        for _ in 0..<20 { try await read(database) }
        letGo.signal()
      }
    }
  }

  @Test("one that waits too long for a connection is refused, as is one more than may wait")
  func refused() async throws {
    try await withDatabase(readers: 1, wait: .milliseconds(50), maxWaiting: 1) { database in
      try await withSlowRead(of: database) { letGo in
        let codes = await withTaskGroup(of: ClawError.Code?.self) { group in
          for _ in 0..<5 { group.addTask { await code { try await self.read(database) } } }
          return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(codes == Array(repeating: .unavailable, count: 5))
        letGo.signal()
      }
      try await read(database)
    }
  }

  /// Never ends.
  private static let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n"

  @Test("one that takes too long is ended; its connection is good for the next")
  func endless() async throws {
    try await withDatabase(readers: 1, readTimeout: .milliseconds(50)) { database in
      let refused = await code { _ = try await database.read { try $0.query(Self.endless, []) { $0.int(0) } } }
      #expect(refused == .unavailable)
      try await read(database)
    }
  }

  @Test("closing ends what reads")
  func closing() async throws {
    try await withDatabase(readers: 1) { database in
      let entered = AsyncStream.makeStream(of: Void.self)
      async let refused = code {
        _ = try await database.read {
          entered.continuation.yield()
          return try $0.query(Self.endless, []) { $0.int(0) }
        }
      }
      for await _ in entered.stream { break }
      await database.close()
      #expect(await refused == .unavailable)
    }
  }
}
