extension Measure {
  private static let jobs = 3_000
  private static let people = 30

  /// Time until many jobs that are due at once have all started.
  static let jobsAtOnce = Measure(name: "jobs") { setting in
    let alone = try await Comparison.take(setting) { setting, _ in try await begun(setting, nodes: 1, database: nil) }
    var figures = alone.figures(
      "jobs.sqlite", "\(jobs) jobs at one moment, until all have begun, SQLite", "ms", bound: .atMost(0.25))
    guard setting.postgres != nil else { return figures }
    let one = try await Comparison.take(setting) { setting, isOlder in
      try await begun(setting, nodes: 1, database: isOlder ? "bench_jobs_old" : "bench_jobs_1")
    }
    figures += one.figures("jobs.postgres", "  PostgreSQL, one node", "ms", bound: .atMost(0.1))
    let two = try await begun(setting, nodes: 2, database: "bench_jobs_2")
    figures.append(Figure("jobs.postgres.two", "  PostgreSQL, two nodes", two, "ms"))
    figures.append(Figure("jobs.postgres.two.ratio", "  two nodes against one", two / one.newer, "×", .atMost(1)))
    return figures
  }

  /// From the due time until the last run has started, in milliseconds of the gateway's clock.
  private static func begun(_ setting: Setting, nodes count: Int, database: String?) async throws -> Double {
    // Long answers: only the start is measured.
    setting.model.behave(.paced(pieces: 2, every: .seconds(120)))
    let nodes = try await BenchNodes.start(count, setting, in: try DataDirectory(), database: database) { _ in
      ["SWIFTCLAW_LANES_CRON": "10000", "SWIFTCLAW_CRON_MAX_JOBS": "10000"]
    }
    var users: [GatewayUser] = []
    for index in 0..<people {
      users.append(try await GatewayUser.connect(to: nodes.nodes[index % count], as: "jobs-\(index)"))
    }
    // Far enough ahead that all are created before.
    let due = Moment.wall + 20_000
    try await withThrowingTaskGroup(of: Void.self) { group in
      for user in users {
        group.addTask { for index in 0..<jobs / people { try await user.makeJob("job-\(index)", at: due) } }
      }
      try await group.waitForAll()
    }
    guard Moment.wall < due else { throw BenchFailure("the jobs were not made in time") }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for user in users {
        group.addTask { for _ in 0..<jobs / people { try await user.events(until: "run.started") { _ in } } }
      }
      try await group.waitForAll()
    }
    // A log entry may still be in flight.
    try await Task.sleep(for: .milliseconds(500))
    try await nodes.stop(force: true)
    let sql = "SELECT COUNT(*), MAX(started_at) FROM runs WHERE lane = 'cron' AND started_at > 0"
    let rows: [[String]]
    if let database, let server = setting.postgres {
      rows = try await server.use(database) { try await $0.rows(sql, columns: 2) }
    } else {
      rows = try await nodes.directory.rows(sql, columns: 2)
    }
    guard let row = rows.first, let number = Int(row[0]), let last = Double(row[1]), number == jobs else {
      throw BenchFailure("not all jobs have begun: \(rows)")
    }
    return last - Double(due)
  }
}
