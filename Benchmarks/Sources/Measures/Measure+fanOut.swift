import NIOCore

extension Measure {
  private static let people = 10
  private static let pieces = 120
  private static let claims = 100

  /// Latency of events to another node, and of waiting work until another node starts it.
  static let fanOut = Measure(name: "fan-out") { setting in
    guard let server = setting.postgres else { throw BenchFailure("there is no PostgreSQL to measure on") }
    let nodes = try await BenchNodes.start(2, setting, in: try DataDirectory(), database: "bench_fan") { place in
      ["SWIFTCLAW_LANES_MAIN": place == 0 ? "\(people)" : "64"]
    }
    setting.model.behave(.paced(pieces: pieces, every: .milliseconds(25)))
    let delays = try await follow(nodes)
    setting.model.behave(.paced(pieces: 1500, every: .milliseconds(20)))
    // The first node is full, so that the second has to claim the work. Some of these may already be on the second.
    var busy: [GatewayUser] = []
    for index in 0..<people * 2 {
      let user = try await GatewayUser.connect(to: nodes.nodes[0], as: "busy-\(index)")
      user.send(to: "busy", stream: true)
      try await user.events(until: "run.started") { _ in }
      busy.append(user)
    }
    setting.model.behave(.atOnce)
    let user = try await GatewayUser.connect(to: nodes.nodes[0], as: "claimed")
    var turns = Samples()
    for index in 0..<claims { turns.add(try await user.turn(in: "claim-\(index)", stream: false)) }
    let waits = try await server.use("bench_fan") { database in
      try await database.rows(
        "SELECT started_at - created_at FROM runs WHERE user_id = 'claimed' ORDER BY 1", columns: 1)
    }.compactMap { Double($0[0]) }
    try await nodes.stop(force: true)
    return [
      Figure("fanout.p99", "event on another node after the one that runs, p99", delays.p99, "ms", .atMost(50)),
      Figure("fanout.p50", "  half", delays.median, "ms"),
      Figure("fanout.worst", "  the slowest", delays.percentile(1), "ms"),
      Figure("claim.p99", "waiting work until another node begins it, p99", waits[waits.count * 99 / 100], "ms"),
      Figure("claim.p50", "  half", waits[waits.count / 2], "ms"),
      Figure("claim.turn", "  a whole turn that way, half", turns.median, "ms"),
    ]
  }

  /// Each user has a socket at both nodes; the times at which an event reaches each.
  private static func follow(_ nodes: BenchNodes) async throws -> Samples {
    try await withThrowingTaskGroup(of: Samples.self) { group in
      for index in 0..<people {
        let here = try await GatewayUser.connect(to: nodes.nodes[0], as: "fan-\(index)")
        let there = try await GatewayUser.connect(to: nodes.nodes[1], as: "fan-\(index)")
        group.addTask {
          here.send(to: "fan", stream: true)
          async let near = arrivals(at: here)
          async let far = arrivals(at: there)
          let (first, second) = (try await near, try await far)
          var delays = Samples()
          for (seq, time) in second { if let before = first[seq] { delays.add(time - before) } }
          guard delays.count > 10 else { throw BenchFailure("only \(delays.count) events came to both nodes") }
          return delays
        }
      }
      var all = Samples()
      for try await delays in group { all.add(delays) }
      return all
    }
  }

  /// The time of arrival of each event, by number.
  private static func arrivals(at user: GatewayUser) async throws -> [Int64: Int64] {
    var times: [Int64: Int64] = [:]
    try await user.events(until: "run.completed") { frame in
      let now = Moment.now
      if let seq = number(after: #""seq":"#, in: frame) { times[seq] = now }
    }
    return times
  }

  private static func number(after name: String, in frame: borrowing ByteBuffer) -> Int64? {
    let bytes = frame.readableBytesView
    guard let place = bytes.firstRange(of: name.utf8) else { return nil }
    return Int64(String(decoding: bytes[place.upperBound...].prefix { (48...57).contains($0) }, as: UTF8.self))
  }
}
