extension Measure {
  private static let watchers = 500
  private static let spoken = 8
  private static let turnCount = 300

  /// The effect of a user with many sockets watching many streams on another user's turns.
  static let manySockets = Measure(name: "crowd") { setting in
    let ratios = try await Comparison.take(setting) { setting, _ in
      let without = try await turnsBeside(setting, sockets: 0)
      let with = try await turnsBeside(setting, sockets: watchers)
      return (without, with)
    }
    let title = "another user's turn while \(watchers) sockets watch \(spoken) streams"
    var figures = crowdLines("crowd", title, ratios.newer)
    figures.append(
      Figure(
        "crowd.ratio", "  p99 against without the sockets", ratios.newer.1.p99 / ratios.newer.0.p99, "×", .atMost(1.5)))
    if let older = ratios.older {
      figures += crowdLines("crowd.older", "  the older binary", older)
      figures.append(
        Figure("crowd.older.ratio", "  p99 against without the sockets", older.1.p99 / older.0.p99, "×"))
    }
    return figures
  }

  private static func crowdLines(_ name: String, _ title: String, _ samples: (Samples, Samples)) -> [Figure] {
    [
      Figure("\(name).p50", title + ", half", samples.1.median, "ms"),
      Figure("\(name).p99", "  p99", samples.1.p99, "ms"),
      Figure("\(name).without.p50", "  without the sockets, half", samples.0.median, "ms"),
      Figure("\(name).without.p99", "  without the sockets, p99", samples.0.p99, "ms"),
    ]
  }

  /// The streams run in either case; only the sockets differ.
  private static func turnsBeside(_ setting: Setting, sockets: Int) async throws -> Samples {
    let gateway = try await GatewayProcess.start(setting.binary, in: try DataDirectory(), model: setting.model.port)
    setting.model.behave(.paced(pieces: 3_000, every: .milliseconds(20)))
    let drain = SocketDrain()
    let speaker = try await GatewayUser.connect(to: gateway, as: "alice")
    for index in 0..<spoken {
      speaker.send(to: "stream-\(index)", stream: true, id: index)
      try await speaker.events(until: "run.started") { _ in }
    }
    // Each of her sockets receives all events; this one stops reading.
    speaker.socket.close(code: .normal)
    try await Task.sleep(for: .milliseconds(200))
    for _ in 0..<sockets { drain.add(try Loopback.webSocket(to: gateway.port, as: "alice")) }
    setting.model.behave(.atOnce)
    let other = try await GatewayUser.connect(to: gateway, as: "bob")
    for index in 0..<20 { _ = try await other.turn(in: "warm-\(index)", stream: false) }
    var samples = Samples()
    for index in 0..<turnCount { samples.add(try await other.turn(in: "turn-\(index / 10)", stream: false)) }
    try await drain.stop()
    try await gateway.stop(force: true)
    return samples
  }
}
