extension Measure {
  private static let blocks = 30
  private static let turnsPerBlock = 10

  /// Cost of a turn in a short and a long session; alternately, so that drift affects both.
  static let turnCost = Measure(name: "turn-cost") { setting in
    setting.model.behave(.atOnce)
    let directory = try DataDirectory()
    let gateway = try await GatewayProcess.start(setting.binary, in: directory, model: setting.model.port)
    let users = try await seeded(gateway)
    var costs = [Cost](repeating: Cost(), count: users.count)
    for block in 0..<blocks {
      for (index, user) in users.enumerated() {
        _ = setting.model.takeReceived()
        let before = try gateway.cpuTime()
        for turn in 0..<turnsPerBlock {
          costs[index].latencies.add(try await user.turn(in: session(index, number: block * turnsPerBlock + turn)))
        }
        costs[index].processor += try gateway.cpuTime() - before
        costs[index].requestBytes += setting.model.takeReceived().bytes
      }
    }
    try await gateway.stop()
    return figures(costs)
  }

  private struct Cost {
    var latencies = Samples()
    var processor: Int64 = 0
    var requestBytes = 0

    var perTurn: Double { Double(processor) / 1e6 / Double(max(1, latencies.count)) }

    func figures(_ name: String, _ title: String) -> [Figure] {
      [
        Figure("turn.\(name).cpu", "turn in a session of \(title), processor", perTurn, "ms"),
        Figure("turn.\(name).p50", "  latency, half", latencies.median, "ms"),
        Figure("turn.\(name).p99", "  latency, p99", latencies.p99, "ms"),
        Figure(
          "turn.\(name).request", "  request to the model", Double(requestBytes) / 1000 / Double(latencies.count), "kB"),
      ]
    }
  }

  private static func figures(_ costs: [Cost]) -> [Figure] {
    let (short, middle, long) = (costs[0], costs[1], costs[2])
    return short.figures("10", "10 messages") + middle.figures("400", "400 to 1000 messages")
      + long.figures("10000", "10,000 messages") + [
        Figure(
          "turn.ratio", "turn at 10,000 against 10 messages, processor", long.perTurn / short.perTurn, "×", .atMost(1.2)
        ),
        Figure("turn.ratio.latency", "  latency, half", long.latencies.median / short.latencies.median, "×"),
        Figure(
          "turn.ratio.window", "turn at 10,000 against 400, same window, processor", long.perTurn / middle.perTurn, "×"),
      ]
  }

  /// A new session for each short turn, since every turn makes a session longer.
  private static func session(_ kind: Int, number: Int) -> String {
    kind == 0 ? "short-\(number)" : "long"
  }

  /// One user with sessions of 10 messages each, one with a session of 400, one with a session of 10,000.
  private static func seeded(_ gateway: GatewayProcess) async throws -> [GatewayUser] {
    var users: [GatewayUser] = []
    for name in ["short", "middle", "long"] { users.append(try await .connect(to: gateway, as: name)) }
    let (short, middle, long) = (users[0], users[1], users[2])
    async let shorts: Void = {
      for number in 0..<(blocks * turnsPerBlock * 5) { try await short.turn(in: session(0, number: number / 5)) }
    }()
    async let middles: Void = {
      for number in 0..<200 { try await middle.turn(in: session(1, number: number)) }
    }()
    for number in 0..<5000 { try await long.turn(in: session(2, number: number)) }
    _ = try await (shorts, middles)
    return users
  }
}
