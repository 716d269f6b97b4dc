extension Measure {
  private static let starts = 15

  /// Startup time, with an empty directory and with an existing database.
  static let start = Measure(name: "start") { setting in
    var fresh = Samples()
    for _ in 0..<starts {
      let directory = try DataDirectory()
      let gateway = try await GatewayProcess.start(setting.binary, in: directory)
      fresh.add(gateway.untilAccepted)
      try await gateway.stop()
    }
    let directory = try DataDirectory()
    try await fill(directory, setting)
    var (accepted, answered) = (Samples(), Samples())
    for _ in 0..<starts {
      let gateway = try await GatewayProcess.start(setting.binary, in: directory)
      accepted.add(gateway.untilAccepted)
      answered.add(gateway.untilAnswered)
      try await gateway.stop()
    }
    return [
      Figure("start.existing", "start to first connection, existing database", accepted.median, "ms", .atMost(50)),
      Figure("start.existing.worst", "  the slowest of \(starts)", accepted.percentile(1), "ms"),
      Figure("start.existing.answered", "  to the first answer of /health", answered.median, "ms"),
      Figure("start.fresh", "start to first connection, new database", fresh.median, "ms"),
    ]
  }

  private static func fill(_ directory: DataDirectory, _ setting: Setting) async throws {
    setting.model.behave(.atOnce)
    let gateway = try await GatewayProcess.start(setting.binary, in: directory, model: setting.model.port)
    let user = try await GatewayUser.connect(to: gateway, as: "bench")
    for turn in 0..<200 { try await user.turn(in: "start-\(turn % 20)") }
    try await gateway.stop()
  }
}
