extension Measure {
  private static let minutes = 60
  /// Warm-up minutes, in which caches fill.
  private static let warmUp = 5
  private static let users = 20
  private static let perSecond = 50
  /// Turns per session before a user starts a new one.
  private static let turnsPerSession = 20

  /// An hour of constant load, to detect memory growth. Only run if it is named, since it takes that hour.
  static let soak = Measure(name: "soak") { setting in
    setting.model.behave(.atOnce)
    let directory = try DataDirectory()
    let gateway = try await GatewayProcess.start(setting.binary, in: directory, model: setting.model.port)
    let end = Moment.now + Int64(minutes) * 60_000_000_000
    async let turns = work(gateway, until: end)
    var resident: [Double] = []
    for _ in 0..<minutes {
      try await Task.sleep(for: .seconds(60))
      resident.append(Double(try gateway.memory().resident) / 1e6)
    }
    let count = try await turns
    let database = TextFile.size(directory.path + "/swiftclaw.db") ?? 0
    try await gateway.stop()
    let warm = resident[warmUp - 1]
    let judged = resident[warmUp...]
    return [
      Figure("soak.turns", "turns in \(minutes) minutes at \(perSecond) a second", Double(count), ""),
      Figure("soak.memory.warm", "  memory after \(warmUp) minutes, resident", warm, "MB"),
      Figure("soak.memory.end", "  memory at the end, resident", resident[resident.count - 1], "MB"),
      Figure(
        "soak.memory.most", "  most memory after \(warmUp) minutes against then", (judged.max() ?? warm) / warm, "×",
        .atMost(1.1)),
      Figure(
        "soak.memory.slope", "  growth a minute over the last half", slope(Array(judged.suffix(minutes / 2))), "MB"),
      Figure("soak.database", "  database at the end", Double(database) / 1e6, "MB"),
    ]
  }

  /// Each user sends at even intervals, and waits for the answer before the next.
  private static func work(_ gateway: GatewayProcess, until end: Int64) async throws -> Int {
    try await withThrowingTaskGroup(of: Int.self) { group in
      for index in 0..<users {
        group.addTask {
          let user = try await GatewayUser.connect(to: gateway, as: "soak-\(index)")
          let interval = Int64(users) * 1_000_000_000 / Int64(perSecond)
          var due = Moment.now + interval * Int64(index) / Int64(users)
          var count = 0
          while due < end {
            try await Task.sleep(for: .nanoseconds(max(0, due - Moment.now)))
            try await user.turn(in: "soak-\(count / turnsPerSession)")
            count += 1
            due += interval
          }
          user.socket.close(code: .normal)
          return count
        }
      }
      return try await group.reduce(0, +)
    }
  }

  /// The slope of the regression line of equidistant values.
  private static func slope(_ values: [Double]) -> Double {
    let mean = values.reduce(0, +) / Double(max(1, values.count))
    let middle = Double(values.count - 1) / 2
    var (above, below) = (0.0, 0.0)
    for (index, value) in values.enumerated() {
      let distance = Double(index) - middle
      above += distance * (value - mean)
      below += distance * distance
    }
    return below == 0 ? 0 : above / below
  }
}
