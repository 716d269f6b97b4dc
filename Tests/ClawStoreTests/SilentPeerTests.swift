import ClawCore
import PostgresTesting
import Testing

@testable import ClawStore

/// Peers that keep a connection open and send nothing more, like a load balancer that lost its server.
@Suite("An unresponsive PostgreSQL", .timeLimit(.minutes(10)))
struct SilentPeerTests {
  private static let count = """
    INSERT INTO node_state (name, value) VALUES ('count', '1')
    ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(node_state.value AS INT) + 1 AS TEXT)
    """

  private func configuration(_ dsn: String) -> PostgresConfiguration {
    var configuration = PostgresConfiguration(
      dsn: dsn, pool: 1, wait: .seconds(60), statementTimeout: .seconds(2))
    configuration.answerGrace = .milliseconds(200)
    return configuration
  }

  private func withRelay(_ body: (PostgresTestDatabase, LossyRelay) async throws -> Void) async throws {
    let made = try await PostgresTestDatabase.make()
    let relay = try LossyRelay(to: made.dsn)
    try await body(made, relay)
    relay.close()
  }

  @Test("loses that connection: the transaction is done again on a new one")
  func isReplaced() async throws {
    try await withRelay { made, relay in
      let database = try PostgresDatabase(configuration(relay.dsn))
      try await database.write(as: .node) { _ = try $0.execute(Self.count, []) }
      let taken = relay.taken
      relay.silence()
      try await database.write(as: .node) { _ = try $0.execute(Self.count, []) }
      #expect(try made.rows("SELECT value FROM node_state WHERE name = 'count'") == [["2"]])
      #expect(relay.taken > taken)
      await database.close()
    }
  }

  @Test("loses it at COMMIT too: the mark says that it was kept, and it is not done again")
  func atCommit() async throws {
    try await withRelay { made, relay in
      let database = try PostgresDatabase(configuration(relay.dsn))
      let (tries, acted) = (Counter(), Counter())
      try await database.write(as: .node) { connection in
        tries.increment()
        connection.afterCommit { acted.increment() }
        try connection.execute(Self.count, [])
        relay.swallowCommit()
      }
      #expect(tries.value == 1 && acted.value == 1)
      #expect(try made.rows("SELECT value FROM node_state WHERE name = 'count'") == [["1"]])
      await database.close()
    }
  }

  @Test("takes more than a socket holds and answers nothing, and holds up nobody by that")
  func whileSending() async throws {
    try await withRelay { made, relay in
      var configuration = configuration(relay.dsn)
      configuration.statementTimeout = .seconds(5)
      let database = try PostgresDatabase(configuration)
      _ = try await database.read(as: .node) { try $0.query("SELECT 1", []) { $0.int(0) } }
      relay.stopReading()
      let text = String(repeating: "x", count: 20_000_000)
      let length = try await database.read(as: .node) {
        try $0.query("SELECT length($1)", [.text(text)]) { $0.int(0) }
      }
      #expect(length == [text.utf8.count])
      await database.close()
    }
  }

  @Test("makes the other connections of that time be replaced before they are used")
  func othersAreDistrusted() async throws {
    try await withRelay { _, relay in
      let (configuration, watch) = (configuration(relay.dsn), PostgresMonitor())
      let (first, second) = (
        try PostgresConnection(configuration, watch), try PostgresConnection(configuration, watch)
      )
      #expect(second.isTrusted)
      relay.silence()
      #expect(throws: DatabaseError.self) { try first.run("SELECT 1") }
      #expect(!first.isAlive && second.isAlive && !second.isTrusted)
      #expect(try PostgresConnection(configuration, watch).isTrusted)
    }
  }

  @Test("does not keep the pool from being closed; whoever waits is told")
  func closing() async throws {
    try await withRelay { _, relay in
      let database = try PostgresDatabase(
        PostgresConfiguration(dsn: relay.dsn, pool: 2, wait: .milliseconds(500), statementTimeout: .seconds(36_000)))
      _ = try await database.read(as: .node) { try $0.query("SELECT 1", []) { $0.int(0) } }
      let begun = Counter()
      async let failed = code {
        try await database.write(as: .node) { connection in
          begun.increment()
          relay.silenceAll()
          try connection.execute(Self.count, [])
        }
      }
      while begun.value == 0 { await Task.yield() }
      await database.close()
      #expect(await failed == .unavailable)
      #expect(await code { _ = try await database.read(as: .node) { _ in 1 } } == .unavailable)
    }
  }

  @Test("is told in time to whoever asks whether it can serve, by one connection for all who ask")
  func probing() async throws {
    try await withRelay { _, relay in
      let database = try PostgresDatabase(
        PostgresConfiguration(dsn: relay.dsn, pool: 2, wait: .milliseconds(500), statementTimeout: .seconds(36_000)))
      try await database.probe(within: .seconds(120))
      let taken = relay.taken
      relay.silenceAll()
      await withTaskGroup(of: Void.self) { group in
        for _ in 0..<5 {
          group.addTask {
            #expect(await code { try await database.probe(within: .milliseconds(300)) } == .unavailable)
          }
        }
      }
      #expect(await code { try await database.probe(within: .milliseconds(300)) } == .unavailable)
      #expect(relay.taken <= taken + 1)
      await database.close()
      #expect(await code { try await database.probe(within: .seconds(120)) } == .unavailable)
    }
  }

  @Test("is found out on the connection for hints, which is made anew")
  func signals() async throws {
    try await withRelay { made, relay in
      var configuration = PostgresConfiguration(dsn: relay.dsn, wait: .milliseconds(300))
      configuration.quietTime = .milliseconds(50)
      let signals = NodeSignals(configuration)
      var received = signals.received().makeAsyncIterator()
      #expect(await received.next() == [])
      relay.silence()
      // Reconnected.
      #expect(await received.next() == [])
      _ = try made.rows("SELECT pg_notify('swiftclaw', 'news')")
      #expect(await received.next() == ["news"])
    }
  }

  @Test(
    "already at the login is no wait without end, whatever the connection string says",
    arguments: ["", " sslmode=require"])
  func login(_ options: String) async throws {
    let listener = try LoopbackListener()
    var configuration = PostgresConfiguration(
      dsn: "host=127.0.0.1 port=\(listener.port) user=x dbname=x connect_timeout=0" + options, pool: 1,
      wait: .milliseconds(100))
    configuration.connectTimeout = .seconds(2)
    let database = try PostgresDatabase(configuration)
    #expect(await code { _ = try await database.read(as: .node) { _ in 1 } } == .unavailable)
    await database.close()
  }

  @Test("refuses the first query of each connection, and no socket is left behind by that")
  func refusedQueries() async throws {
    let peer = try RefusingPeer()
    var configuration = PostgresConfiguration(dsn: peer.dsn, pool: 1)
    configuration.connectTimeout = .seconds(60)
    for _ in 0..<20 {
      do {
        _ = try PostgresConnection(configuration)
        Issue.record("it was let in")
      } catch {
        #expect(error.message.contains("no server"))
      }
    }
    #expect(await peer.haveEnded(20))
    peer.close()
  }
}
