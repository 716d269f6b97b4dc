import ClawStore

extension Measure {
  private static let turns = 500
  private static let crowd = 64

  /// A turn's work in PostgreSQL, by its own statistics.
  static let statements = Measure(name: "statements") { setting in
    guard let server = setting.postgres else { throw BenchFailure("there is no PostgreSQL to measure on") }
    setting.model.behave(.atOnce)
    let nodes = try await BenchNodes.start(1, setting, in: try DataDirectory(), database: "bench_facts")
    let user = try await GatewayUser.connect(to: nodes.nodes[0], as: "bench")
    var figures: [Figure] = []
    for stream in [false, true] {
      let facts = try await count(on: server) {
        for turn in 0..<20 { try await user.turn(in: "warm-\(stream)-\(turn / 10)", stream: stream) }
      } turns: {
        for turn in 0..<turns { try await user.turn(in: "facts-\(stream)-\(turn / 10)", stream: stream) }
        return turns
      }
      let name = "statements.\(stream ? "stream" : "whole")"
      figures += facts.figures(name, "a turn, \(stream ? "streamed" : "not streamed")", .atMost(8))
    }
    let load = HTTPLoad.completions(on: nodes)
    let facts = try await count(on: server) {
      _ = try await load.run(inFlight: crowd, seconds: 2)
    } turns: {
      try await load.run(inFlight: crowd, seconds: 4).latencies.count
    }
    figures += facts.figures("statements.crowd", "a turn, \(crowd) in flight", .atMost(8))
    try await nodes.stop()
    return figures
  }

  private static func count(
    on server: BenchServer, warm: () async throws -> Void, turns: () async throws -> Int
  ) async throws -> Facts {
    try await server.use("bench_facts") { database in
      _ = try await database.write(as: .owner) {
        try $0.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements", [])
      }
      try await warm()
      let before = try await Facts(of: database)
      let turns = try await turns()
      return try await Facts(of: database).since(before, turns: turns)
    }
  }

  private struct Facts: Sendable {
    var statements, transactions, rows, bytes, log: Double

    /// Without BEGIN, COMMIT, the role and the mark of the transaction.
    init(of database: some Database) async throws {
      // The server publishes its statistics when a connection was idle for a second.
      try await Task.sleep(for: .seconds(2))
      statements = try await database.number(
        """
        SELECT sum(calls) FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND query !~* '^(BEGIN|COMMIT|ROLLBACK|SET|SELECT set_config|LISTEN|SELECT pg_notify|(INSERT INTO|UPDATE) commit_marks)'
        """)
      transactions = try await database.number(
        "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()")
      rows = try await database.number(
        "SELECT tup_inserted + tup_updated + tup_deleted FROM pg_stat_database WHERE datname = current_database()")
      bytes = try await database.number("SELECT pg_database_size(current_database())")
      log = try await database.number("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')")
    }

    func figures(_ name: String, _ title: String, _ target: Figure.Bound) -> [Figure] {
      [
        Figure(name, "statements of \(title)", statements, "", target),
        Figure(name + ".transactions", "  transactions", transactions, ""),
        Figure(name + ".rows", "  rows written", rows, ""),
        Figure(name + ".bytes", "  growth of the database", bytes / 1000, "kB"),
        Figure(name + ".wal", "  write-ahead log", log / 1000, "kB"),
      ]
    }

    func since(_ before: Facts, turns: Int) -> Facts {
      var facts = self
      facts.statements = (statements - before.statements) / Double(turns)
      facts.transactions = (transactions - before.transactions) / Double(turns)
      facts.rows = (rows - before.rows) / Double(turns)
      facts.bytes = (bytes - before.bytes) / Double(turns)
      facts.log = (log - before.log) / Double(turns)
      return facts
    }
  }
}
