import ClawCore
import Dispatch
import PostgresTesting
import Testing

@testable import ClawStore

private let counters = "CREATE TABLE counters (id BIGINT PRIMARY KEY, n BIGINT NOT NULL)"
private let notes = "CREATE TABLE notes (counter BIGINT, n BIGINT, body TEXT NOT NULL, PRIMARY KEY (counter, n))"
private let count = "UPDATE counters SET n = n + 1 WHERE id = $1 RETURNING n"
private let note = RepeatedStatement("INSERT INTO notes (counter, n, body) VALUES ($1, $2, $3)", shared: 0)

private struct Refused: Error {}

extension Database {
  fileprivate func makeCounters(_ ids: Range<Int>) async throws {
    try await write { connection in
      try connection.execute(counters, [])
      try connection.execute(notes, [])
      for id in ids { try connection.execute("INSERT INTO counters (id, n) VALUES ($1, 0)", [.int(id)]) }
    }
  }

  /// Increments a counter and records it, beside writes to others; returns the new number.
  fileprivate func countUp(
    _ id: Int, as scope: DatabaseScope = .owner, refused: Bool = false,
    first: @escaping @Sendable (any DatabaseConnection) throws -> Void = { _ in }
  ) async throws -> Int64 {
    try await write(as: scope, concerning: "\(id)") { connection, later in
      try first(connection)
      try connection.queryPipelined(count, [.int(id)], { $0.integer(0) }) { rows in
        let number = try #require(rows.first)
        try connection.insertPipelined(note, [], rows: [[.int(id), .integer(number), .text("first")]])
        if refused { throw Refused() }
        try connection.executePipelined(
          "UPDATE notes SET body = 'second' WHERE counter = $1 AND n = $2", [.int(id), .integer(number)]
        ) { changed in #expect(changed == 1) }
        later.set(number)
      }
    }
  }

  fileprivate func noted() async throws -> [Int: [Int64]] {
    let rows = try await read { connection in
      try connection.query("SELECT counter, n FROM notes WHERE body = 'second' ORDER BY n", []) {
        ($0.int(0), $0.integer(1))
      }
    }
    return Dictionary(grouping: rows, by: \.0).mapValues { $0.map(\.1) }
  }
}

@Suite("Changes of different things that share a transaction", .bothEngines)
struct SharedTransactionTests {
  @Test("all land, each sees its own, and one that is refused takes nothing else with it")
  func allLand() async throws {
    try await withDatabase { database, _ in
      try await database.makeCounters(0..<40)
      let numbers = try await withThrowingTaskGroup(of: (Int, Int64?).self) { group in
        for job in 0..<400 {
          group.addTask {
            let (id, isRefused) = (job % 40, job % 7 == 0)
            do {
              let number = try await database.countUp(id, refused: isRefused)
              #expect(!isRefused)
              return (id, number)
            } catch is Refused {
              #expect(isRefused)
              return (id, nil)
            }
          }
        }
        return try await group.reduce(into: [Int: [Int64]]()) { all, one in
          if let number = one.1 { all[one.0, default: []].append(number) }
        }
      }
      // No number is used twice, and none is skipped for a rejected write.
      for (id, given) in numbers { #expect(given.sorted() == (1...Int64(given.count)).map { $0 }, "\(id)") }
      #expect(numbers.values.reduce(0) { $0 + $1.count } == (0..<400).count { $0 % 7 != 0 })
      #expect(try await database.noted() == numbers.mapValues { $0.sorted() })
    }
  }

  @Test("one that leaves nothing has failed")
  func nothingLeft() async throws {
    try await withDatabase { database, _ in
      try await database.makeCounters(0..<1)
      let failed = await code {
        _ = try await database.write(as: .owner, concerning: "0") { (connection, _: DeferredResult<Int>) in
          try connection.execute(count, [.int(0)])
        }
      }
      #expect(failed == .internalError)
    }
  }
}

@Suite("Changes that share a transaction of PostgreSQL", .timeLimit(.minutes(10)))
struct PostgresSharedTransactionTests {
  /// Runs writes 0 to 30 that wait behind another one until all are queued, so that they become one group; reports each
  /// as it ends.
  private func gather(
    _ database: PostgresDatabase, first: @escaping @Sendable (any DatabaseConnection) throws -> Void = { _ in },
    refused: Int? = nil, ended: (Int) async throws -> Void = { _ in }
  ) async throws {
    try await withThrowingTaskGroup(of: Int.self) { group in
      let (held, hold) = AsyncStream<Void>.makeStream()
      let gate = DispatchSemaphore(value: 0)
      group.addTask {
        _ = try await database.countUp(39, as: .tenant(acme)) { _ in
          hold.finish()
          gate.wait()
          // If it is retried, it does not wait.
          gate.signal()
        }
        return 39
      }
      for await _ in held {}
      for id in 0..<30 {
        group.addTask {
          do {
            _ = try await database.countUp(id, as: .tenant(acme), refused: id == refused, first: first)
          } catch is Refused {
            #expect(id == refused)
          }
          return id
        }
      }
      while database.waiting < 30 { await Task.yield() }
      gate.signal()
      for try await id in group { try await ended(id) }
    }
  }

  private func withDatabase(
    pool: Int, _ body: (PostgresDatabase, AdminConnection) async throws -> Void
  ) async throws {
    let made = try await PostgresTestDatabase.make()
    let database = try PostgresDatabase(
      PostgresConfiguration(dsn: made.dsn, pool: pool, wait: .seconds(600), statementTimeout: .seconds(600)))
    try await database.makeCounters(0..<40)
    let admin = try AdminConnection(made.dsn)
    try admin.run("GRANT ALL ON counters, notes TO \(PostgresConfiguration.defaultRole)")
    try await body(database, admin)
    await database.close()
  }

  private static let transaction = "SELECT CAST(pg_current_xact_id() AS TEXT)"

  @Test("what waits together is one transaction, and its rows go in one statement")
  func together() async throws {
    try await withDatabase(pool: 2) { database, _ in
      let transactions = Locked<Set<String>>([])
      try await gather(
        database,
        first: { connection in
          try connection.queryPipelined(Self.transaction, [], { $0.text(0) }) { rows in
            transactions.withLock { all in _ = all.insert(rows.first ?? "") }
          }
        })
      #expect(transactions.withLock { $0.count } == 1)
      #expect(try await database.noted().count == 31)
    }
  }

  @Test("one that refuses to go on is put aside, and the others stay together")
  func putAside() async throws {
    try await withDatabase(pool: 2) { database, admin in
      try await gather(database, refused: 7)
      let transactions = "SELECT count(DISTINCT CAST(xmin AS TEXT)), count(*) FROM notes WHERE counter < 30"
      #expect(try admin.run(transactions) == [["1", "29"]])
      #expect(try await database.noted()[7] == nil)
    }
  }

  @Test("one that has to wait for a lock does not hold up the others for long")
  func heldUp() async throws {
    try await withDatabase(pool: 3) { database, admin in
      try admin.run("BEGIN; UPDATE counters SET n = n WHERE id = 5")
      var done: [Int] = []
      try await gather(
        database,
        ended: { id in
          done.append(id)
          // All others commit while the lock is held.
          if done.count == 30 { try admin.run("COMMIT") }
        })
      #expect(done.last == 5 && Set(done) == Set(0..<30).union([39]))
      #expect(try await database.noted()[5] == [1])
      let transactions =
        "SELECT count(DISTINCT CAST(xmin AS TEXT)), count(*) FROM notes WHERE counter < 30 AND counter <> 5"
      #expect(try admin.run(transactions) == [["1", "29"]])
    }
  }

  @Test("one that came first and has to wait for a lock holds up only what comes after it of the same thing")
  func firstHeldUp() async throws {
    try await withDatabase(pool: 3) { database, admin in
      let other = try AdminConnection(admin.dsn)
      try other.run("BEGIN; UPDATE counters SET n = n WHERE id = 5")
      try await withThrowingTaskGroup(of: Int.self) { group in
        func countUp(_ ids: some Sequence<Int>) {
          for id in ids {
            group.addTask {
              _ = try await database.countUp(id, as: .tenant(acme))
              return id
            }
          }
        }
        let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%counters%'"
        countUp([5])
        while try admin.run(waiting) != [["1"]] { await Task.yield() }
        countUp([5, 5])
        countUp(0..<5)
        countUp(6..<30)
        var done: [Int] = []
        while done.count < 29, let id = try await group.next() { done.append(id) }
        #expect(!done.contains(5))
        try other.run("COMMIT")
        try await group.waitForAll()
      }
      #expect(try await database.noted()[5] == [1, 2, 3])
    }
  }

  @Test("a lost connection has all of them done again, once")
  func lost() async throws {
    try await withDatabase(pool: 1) { database, admin in
      let (dsn, tries) = (admin.dsn, Counter())
      try await gather(
        database,
        first: { _ in
          tries.increment()
          guard tries.value == 20 else { return }
          try AdminConnection(dsn).run(
            """
            SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()
            """)
        })
      #expect(tries.value > 30)
      let noted = try await database.noted()
      #expect(noted.count == 31 && noted.values.allSatisfy { $0 == [1] })
    }
  }
}

@Suite("What waits for a connection")
struct PostgresQueueTests {
  private func share(_ key: String) -> GroupedWrite {
    let job = PostgresPool.Job(deadline: .now, perform: { _ in }, refuse: { _ in })
    return GroupedWrite(key: key, deadline: .now, begin: { _ in {} }, fail: { _ in }, alone: job)
  }

  private func group(_ work: PostgresQueue.Work?) -> [GroupedWrite] {
    guard case .shares(let shares, _) = work else { return [] }
    return shares
  }

  @Test("a group holds each thing once, in the order of their names, and nothing that another is busy with")
  func groups() {
    var queue = PostgresQueue(maxGroup: 3)
    let added = ["c", "a", "c", "b", "d", "a"].map { queue.add(share($0), as: .node) }
    // A second group gets a turn once one group is full.
    #expect(added == [true, false, false, true, false, false])
    let (first, second, none) = (group(queue.next()), group(queue.next()), queue.next() == nil)
    #expect(first.map(\.key) == ["a", "b", "c"] && second.map(\.key) == ["d"] && none)
    #expect(queue.count == 2)
    let afterSecond = (isNew: queue.finished(second, leaving: [], as: .node), next: group(queue.next()))
    #expect(!afterSecond.isNew && afterSecond.next.isEmpty)
    let afterFirst = (isNew: queue.finished(first, leaving: [], as: .node), next: group(queue.next()))
    #expect(afterFirst.isNew && afterFirst.next.map(\.key) == ["a", "c"])
    #expect(queue.count == 0)
  }

  @Test("many of one thing come one after the other, however many there are")
  func oneThing() {
    var queue = PostgresQueue(maxGroup: 1)
    for _ in 0..<4 { _ = queue.add(share("a"), as: .node) }
    for left in (0..<4).reversed() {
      let (first, none) = (group(queue.next()), queue.next() == nil)
      #expect(first.count == 1 && none && queue.count == left)
      let isNew = queue.finished(first, leaving: [], as: .node)
      #expect(isNew == (left > 0))
    }
  }

  @Test("what a group leaves to be done alone has others of its kind wait for it")
  func left() {
    var queue = PostgresQueue(maxGroup: 4)
    for key in ["a", "b"] { _ = queue.add(share(key), as: .node) }
    let first = group(queue.next())
    let isNew = queue.finished(first, leaving: [first[0]], as: .node)
    #expect(!isNew)
    for key in ["a", "b", "a"] { _ = queue.add(share(key), as: .node) }
    let second = group(queue.next())
    #expect(second.map(\.key) == ["b"])
    let (again, none) = (queue.finished(second, leaving: [], as: .node), queue.next() == nil)
    #expect(again && none && queue.count == 2)
    let freed = queue.freed(first[0], as: .node)
    #expect(freed && group(queue.next()).map(\.key) == ["a"])
  }

  @Test("tenants and single jobs take turns")
  func turns() {
    var queue = PostgresQueue(maxGroup: 2)
    let (acme, other) = (DatabaseScope.tenant(acme), DatabaseScope.tenant(other))
    for key in ["a", "b"] { _ = queue.add(share(key), as: acme) }
    queue.add(share("x").alone)
    _ = queue.add(share("c"), as: other)
    _ = queue.add(share("d"), as: acme)
    var seen: [String] = []
    while let work = queue.next() {
      switch work {
      case .job: seen.append("job")
      case .shares(let shares, let scope):
        seen.append(shares.map(\.key).joined())
        _ = queue.finished(shares, leaving: [], as: scope)
      }
    }
    #expect(seen == ["ab", "job", "c", "d"])
  }

  @Test("what waits too long is taken out, wherever it waits")
  func late() {
    var queue = PostgresQueue(maxGroup: 1)
    queue.add(share("x").alone)
    for key in ["a", "b"] { _ = queue.add(share(key), as: .node) }
    let (early, late) = (queue.takeLate(at: .now - .seconds(60)), queue.takeLate(at: .now + .seconds(60)))
    #expect(early.isEmpty && late.count == 3)
    let none = queue.next() == nil
    #expect(queue.count == 0 && none)
    let isNew = queue.add(share("c"), as: .node)
    #expect(isNew && group(queue.next()).map(\.key) == ["c"])
  }
}
