extension Measure {
  private static let seconds = 4.0
  private static let flights = [1, 16, 64]

  /// Complete answers over HTTP, on SQLite and on one, two and three nodes with PostgreSQL; and the program for
  /// comparison.
  static let nodeThroughput = Measure(name: "nodes") { setting in
    guard setting.postgres != nil else { throw BenchFailure("there is no PostgreSQL to measure on") }
    setting.model.behave(.atOnce)
    var figures: [Figure] = []
    var (alone, yardstick): ([Int: Double], [Int: Double]) = ([:], [:])
    for (count, database) in [(1, String?.none), (1, "bench_1"), (2, "bench_2"), (3, "bench_3")] {
      let title = database == nil ? "SQLite" : count == 1 ? "PostgreSQL" : "PostgreSQL, \(count) nodes"
      let rates = try await measure(count, database, title, setting, &figures)
      if database == nil { alone = rates }
      guard count == 1, database != nil, let (most, least) = bounds(alone, rates) else { continue }
      figures.append(Figure("nodes.engines", "SQLite against PostgreSQL, the worst of these", most, "×", .atMost(2.5)))
      figures.append(Figure("nodes.engines.best", "  the best of them", least, "×"))
    }
    if let program = setting.yardstick { yardstick = try await measureYardstick(program, setting, &figures) }
    for (flight, rate) in yardstick.sorted(by: { $0.key < $1.key }) {
      let ours = figures.first { $0.name == "nodes.PostgreSQL.\(flight)" }?.value ?? 0
      figures.append(
        Figure("nodes.yardstick.ratio.\(flight)", "ours against it, \(flight) in flight", ours / rate, "×", .atLeast(1))
      )
    }
    return figures
  }

  private static func bounds(_ one: [Int: Double], _ other: [Int: Double]) -> (most: Double, least: Double)? {
    let ratios = flights.compactMap { flight in one[flight].flatMap { rate in other[flight].map { rate / $0 } } }
    guard let most = ratios.max(), let least = ratios.min() else { return nil }
    return (most, least)
  }

  private static func measure(
    _ count: Int, _ database: String?, _ title: String, _ setting: Setting, _ figures: inout [Figure]
  ) async throws -> [Int: Double] {
    let nodes = try await BenchNodes.start(count, setting, in: try DataDirectory(), database: database)
    let load = HTTPLoad.completions(on: nodes)
    _ = try await load.run(inFlight: 16, seconds: 2)
    var rates: [Int: Double] = [:]
    for flight in flights {
      let before = try nodes.cpuTime()
      let result = try await load.run(inFlight: flight, seconds: seconds)
      let processor = Double(try nodes.cpuTime() - before) / 1e6 / Double(max(1, result.latencies.count))
      figures += lines("nodes.\(title)", "completions, \(title), \(flight) in flight", flight, result)
      figures.append(Figure("nodes.\(title).\(flight).cpu", "  processor of the nodes per turn", processor, "ms"))
      rates[flight] = result.perSecond
    }
    try await nodes.stop()
    return rates
  }

  private static func measureYardstick(
    _ program: String, _ setting: Setting, _ figures: inout [Figure]
  ) async throws -> [Int: Double] {
    let server = setting.postgres?.url("bench_yardstick") ?? ""
    let yardstick = try await Yardstick.start(program, model: setting.model.port, database: server)
    defer { yardstick.stop() }
    let load = HTTPLoad(
      ports: [yardstick.port], path: "/v1/responses", headers: ["Authorization: Bearer bench"],
      body: #"{"model":"bench-model","input":"\#(GatewayUser.message)","store":true}"#)
    _ = try await load.run(inFlight: 16, seconds: 2)
    var rates: [Int: Double] = [:]
    for flight in flights {
      let result = try await load.run(inFlight: flight, seconds: seconds)
      figures += lines("nodes.yardstick", "smg, /v1/responses, \(flight) in flight", flight, result)
      rates[flight] = result.perSecond
    }
    return rates
  }

  private static func lines(_ name: String, _ title: String, _ flight: Int, _ result: HTTPLoad.Result) -> [Figure] {
    [
      Figure("\(name).\(flight)", title, result.perSecond, "/s"),
      Figure("\(name).\(flight).p50", "  latency, half", result.latencies.median, "ms"),
      Figure("\(name).\(flight).p99", "  latency, p99", result.latencies.p99, "ms"),
    ]
  }
}

extension HTTPLoad {
  /// Requests to an agent, each in a session of its own.
  static func completions(on nodes: BenchNodes, stream: Bool = false) -> HTTPLoad {
    let message = #""messages":[{"role":"user","content":"\#(GatewayUser.message)"}]"#
    return HTTPLoad(
      ports: nodes.nodes.map(\.port), path: "/v1/chat/completions",
      headers: ["Authorization: Bearer \(GatewayProcess.token)"],
      body: #"{"model":"swiftclaw:default",\#(stream ? #""stream":true,"# : "")\#(message)}"#)
  }
}
