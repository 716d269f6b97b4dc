import ClawStore

extension Measure {
  private static let rounds = 20
  private static let turnsPerRound = 10

  /// Cost of a turn in sessions of 10, 1,000 and 100,000 messages, and for users with 1, 1,000 and 100,000 sessions, on
  /// both engines.
  static let sizes = Measure(name: "sizes") { setting in
    guard let server = setting.postgres else { throw BenchFailure("there is no PostgreSQL to measure on") }
    setting.model.behave(.atOnce)
    var figures: [Figure] = []
    for database in [nil, "bench_sizes"] {
      let engine = database == nil ? "SQLite" : "PostgreSQL"
      let directory = try DataDirectory()
      let first = try await BenchNodes.start(1, setting, in: directory, database: database)
      for name in Level.all.map(\.user) + ["pattern"] {
        let user = try await GatewayUser.connect(to: first.nodes[0], as: name)
        try await user.turn(in: "pattern", stream: false)
      }
      try await first.stop()
      if let database {
        try await server.use(database) { try await Level.fill($0) }
      } else {
        let store = try SQLiteDatabase(SQLiteConfiguration(path: directory.path + "/swiftclaw.db"))
        try await Level.fill(store)
        await store.close()
      }
      let nodes = try await BenchNodes.start(1, setting, in: directory, database: database)
      figures += try await measure(nodes, engine)
      try await nodes.stop()
    }
    return figures
  }

  private static func measure(_ nodes: BenchNodes, _ engine: String) async throws -> [Figure] {
    var users: [GatewayUser] = []
    for level in Level.all { users.append(try await .connect(to: nodes.nodes[0], as: level.user)) }
    var costs = [(latencies: Samples, processor: Int64)](repeating: (Samples(), 0), count: Level.all.count)
    for round in 0..<rounds {
      for (index, level) in Level.all.enumerated() {
        let before = try nodes.cpuTime()
        for _ in 0..<turnsPerRound {
          costs[index].latencies.add(try await users[index].turn(in: level.session(round), stream: false))
        }
        costs[index].processor += try nodes.cpuTime() - before
      }
    }
    var figures: [Figure] = []
    for kind in [Level.Kind.messages, .sessions] {
      let indices = Level.all.indices.filter { Level.all[$0].kind == kind }
      for index in indices {
        let level = Level.all[index]
        let name = "sizes.\(engine).\(kind.rawValue).\(level.count)"
        figures += [
          Figure(name, "turn, \(engine), \(level.count) \(kind.rawValue), half", costs[index].latencies.median, "ms"),
          Figure(
            name + ".cpu", "  processor", Double(costs[index].processor) / 1e6 / Double(rounds * turnsPerRound), "ms"),
        ]
      }
      let (least, most) = (costs[indices[indices.count - 2]].latencies, costs[indices[indices.count - 1]].latencies)
      figures.append(
        Figure(
          "sizes.\(engine).\(kind.rawValue).ratio", "  the most against the middle, half", most.median / least.median,
          "×", .atMost(1.3)))
    }
    return figures
  }
}

/// A user with many messages in a session, or with many sessions.
private struct Level: Sendable {
  enum Kind: String { case messages, sessions }

  let kind: Kind
  let count: Int

  static let all =
    [10, 1000, 100_000].map { Level(kind: .messages, count: $0) }
    + [1, 1000, 100_000].map { Level(kind: .sessions, count: $0) }

  var user: String { "\(kind.rawValue)-\(count)" }

  /// Short sessions are replaced after each round, since every turn makes a session longer.
  func session(_ round: Int) -> String { kind == .messages && count > 10 ? "filled-0" : "filled-\(round)" }

  /// Inserts the rows that many turns would leave.
  static func fill(_ database: some Database) async throws {
    let texts = try await database.rows(
      "SELECT body, role FROM messages WHERE session_id = (SELECT id FROM sessions WHERE user_id = 'pattern') ORDER BY seq",
      columns: 2)
    for level in all {
      switch level.kind {
      case .messages:
        for number in 0..<(level.count > 10 ? 1 : 20) {
          try await level.add(sessions: number...number, messages: level.count, like: texts, to: database)
        }
      case .sessions: try await level.add(sessions: 0...(level.count - 1), messages: 0, like: texts, to: database)
      }
    }
  }

  private func add(
    sessions: ClosedRange<Int>, messages: Int, like texts: [[String]], to database: some Database
  ) async throws {
    let user = user
    try await database.write(as: .owner) { connection in
      for number in sessions {
        let id = "\(user)-\(number)"
        try connection.execute(
          """
          INSERT INTO sessions
            (tenant_id, id, user_id, key, agent_key, label, channel, model, message_count, last_message_seq,
             window_start_seq, input_tokens, output_tokens, head_seq, oldest_seq, resume_seq, created_at, updated_at,
             pending)
          VALUES ('default', $1, $5, $2, 'default', '', 'ws', '', $3, $3, $4, 0, 0, 0, 1, 0, 1700000000000,
            1700000000000, 0)
          """,
          [
            .text(id), .text("agent:default:filled-\(number)"), .integer(Int64(messages)),
            .integer(Int64(max(1, messages - 120))), .text(user),
          ])
        for seq in stride(from: 1, through: messages, by: 1) {
          try connection.execute(
            """
            INSERT INTO messages (tenant_id, session_id, seq, id, run_id, role, body, created_at)
            VALUES ('default', $1, $2, $3, NULL, $4, $5, 1700000000000)
            """,
            [
              .text(id), .integer(Int64(seq)), .text("\(id)-\(seq)"), .text(texts[(seq + 1) % 2][1]),
              .text(texts[(seq + 1) % 2][0]),
            ])
        }
      }
    }
  }
}
