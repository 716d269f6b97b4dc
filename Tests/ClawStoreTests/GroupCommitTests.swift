import ClawCore
import Testing

@testable import ClawStore

@Suite("Writes that share a commit", .bothEngines)
struct GroupCommitTests {
  private static let table = "CREATE TABLE notes (id BIGINT PRIMARY KEY, body TEXT NOT NULL)"
  private static let insert = "INSERT INTO notes (id, body) VALUES ($1, $2)"

  private struct Refused: Error {}

  private func ids(_ database: any Database) async throws -> [Int64] {
    try await database.read { try $0.query("SELECT id FROM notes ORDER BY id", []) { $0.integer(0) } }
  }

  @Test("many concurrent writes all land, and are all seen by reads")
  func allLand() async throws {
    try await withDatabase { database, _ in
      try await database.write { _ = try $0.execute(Self.table, []) }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for id in 0..<500 {
          group.addTask {
            let changed = try await database.write { try $0.execute(Self.insert, [.int(id), .text("note \(id)")]) }
            #expect(changed == 1)
            // A write is visible to its writer on any reader.
            let body = try await database.read {
              try $0.query("SELECT body FROM notes WHERE id = $1", [.int(id)]) { $0.text(0) }
            }
            #expect(body == ["note \(id)"])
          }
        }
        try await group.waitForAll()
      }
      #expect(try await ids(database) == Array(0..<500))
    }
  }

  @Test("a write that throws leaves nothing behind and takes nothing else with it")
  func oneFails() async throws {
    try await withDatabase { database, _ in
      try await database.write { _ = try $0.execute(Self.table, []) }
      let failed = try await withThrowingTaskGroup(of: Bool.self) { group in
        for id in 0..<300 {
          group.addTask {
            do {
              try await database.write { connection in
                try connection.execute(Self.insert, [.int(id), .text("x")])
                if id % 3 == 0 { throw Refused() }
                // A failing statement inside the same savepoint.
                if id % 3 == 1, id % 2 == 0 { try connection.execute(Self.insert, [.int(id), .text("again")]) }
              }
              return false
            } catch is Refused {
              #expect(id % 3 == 0)
              return true
            } catch let error as ClawError {
              #expect(error.code == .internalError && id % 6 == 4)
              return true
            }
          }
        }
        return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      }
      #expect(failed == 150)
      #expect(try await ids(database) == (0..<300).filter { $0 % 3 != 0 && $0 % 6 != 4 }.map(Int64.init))
    }
  }

  @Test("what is to be done after the commit is done in the order of commits, before the writer goes on")
  func afterCommit() async throws {
    try await withDatabase { database, _ in
      try await database.write { _ = try $0.execute(Self.table, []) }
      let order = Locked<(next: Int64, committed: [Int64])>((0, []))
      try await withThrowingTaskGroup(of: Void.self) { group in
        for job in 0..<300 {
          group.addTask {
            let mine: Int64? = try? await database.write { connection in
              // The order of the transactions; one that fails has a number too.
              let number = order.withLock { order in
                order.next += 1
                return order.next
              }
              connection.afterCommit { order.withLock { $0.committed.append(number) } }
              try connection.execute(Self.insert, [.integer(number), .text("")])
              if job % 5 == 0 { throw Refused() }
              return number
            }
            #expect((mine == nil) == (job % 5 == 0))
            if let mine { #expect(order.withLock { $0.committed.contains(mine) }) }
          }
        }
        try await group.waitForAll()
      }
      let committed = order.withLock { $0.committed }
      #expect(committed.count == 240)
      // On PostgreSQL they use several connections.
      #expect(TestEngine.current == .postgres || committed == committed.sorted())
      #expect(try await ids(database) == committed.sorted())
    }
  }

  @Test("nothing is done after a commit that did not happen, and earlier actions of the group stay")
  func failedActions() async throws {
    try await withDatabase { database, _ in
      try await database.write { _ = try $0.execute(Self.table, []) }
      let done = Locked<[String]>([])
      try? await database.write { connection in
        connection.afterCommit { done.withLock { $0.append("failed") } }
        throw Refused()
      }
      try await database.write { connection in connection.afterCommit { done.withLock { $0.append("good") } } }
      #expect(done.withLock { $0 } == ["good"])
    }
  }

  @Test("a read sees one snapshot, whatever is written meanwhile")
  func snapshot() async throws {
    try await withDatabase { database, _ in
      try await database.write { connection in
        try connection.execute(Self.table, [])
        try connection.execute(Self.insert, [.int(1), .text("a")])
        try connection.execute(Self.insert, [.int(2), .text("a")])
      }
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          for round in 0..<200 {
            try await database.write { _ = try $0.execute("UPDATE notes SET body = $1", [.text("\(round)")]) }
          }
        }
        for _ in 0..<4 {
          group.addTask {
            for _ in 0..<100 {
              let bodies = try await database.read { connection in
                let first = try connection.query("SELECT body FROM notes WHERE id = 1", []) { $0.text(0) }
                return first + (try connection.query("SELECT body FROM notes WHERE id = 2", []) { $0.text(0) })
              }
              #expect(bodies.count == 2 && bodies[0] == bodies[1])
            }
          }
        }
        try await group.waitForAll()
      }
    }
  }

  @Test("a reader cannot write, and a closed database says that it is closed")
  func closed() async throws {
    try await withDatabase { (database, _) async throws in
      try await database.write { _ = try $0.execute(Self.table, []) }
      let onReader = await code { _ = try await database.read { try $0.execute(Self.insert, [.int(1), .text("x")]) } }
      #expect(onReader != nil)
      #expect(try await ids(database).isEmpty)
      await database.close()
      #expect(await code { _ = try await database.read { _ in 1 } } == .unavailable)
      #expect(await code { _ = try await database.write { _ in 1 } } == .unavailable)
    }
  }
}
