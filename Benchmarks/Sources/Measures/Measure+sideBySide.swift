/// The result of a round of load.
private struct Round: Sendable {
  /// Turns a second.
  var rate = 0.0
  /// Processor time of the gateway per turn, in milliseconds.
  var processor = 0.0
  /// Median latency in milliseconds.
  var latency = 0.0
}

/// A kind of load, and the newer binary's target relative to the older one.
private struct SideBySideLoad: Sendable {
  let name: String
  let title: String
  let inFlight: Int
  /// False is `/v1/chat/completions`.
  let socket: Bool
  let stream: Bool

  static let all = [true, false].flatMap { socket in
    [true, false].map { stream in
      SideBySideLoad(
        name: "\(socket ? "send" : "completions").\(stream ? "stream" : "whole")",
        title: "\(socket ? "chat.send" : "completions"), 64 in flight, \(stream ? "streamed" : "not streamed")",
        inFlight: 64, socket: socket, stream: stream)
    }
  }

  static let alone = SideBySideLoad(
    name: "send.alone", title: "chat.send, 1 in flight, streamed", inFlight: 1, socket: true, stream: true)

  func run(_ nodes: BenchNodes, seconds: Double) async throws -> Round {
    let before = try nodes.cpuTime()
    var samples = Samples()
    var took = seconds
    if socket {
      let load = try await Measure.load(nodes.nodes[0], users: inFlight, stream: stream, seconds: seconds)
      (samples, took) = (load.latencies, load.seconds)
    } else {
      let result = try await HTTPLoad.completions(on: nodes, stream: stream).run(inFlight: inFlight, seconds: seconds)
      (samples, took) = (result.latencies, result.seconds)
    }
    let processor = Double(try nodes.cpuTime() - before) / 1e6 / Double(max(1, samples.count))
    return Round(rate: Double(samples.count) / took, processor: processor, latency: samples.median)
  }
}

extension Measure {
  private static let rounds = 5
  private static let roundSeconds = 1.5

  /// Turns a second, CPU time and latency of both binaries, which run at the same time and are loaded alternately, so
  /// that a temporary slowdown affects both. Each figure is the median of the rounds.
  static let rate = Measure(name: "rate") { setting in
    setting.model.behave(.atOnce)
    var figures = try await sideBySide(setting, "SQLite", database: nil, processor: 0.60, rate: 1.5)
    if setting.postgres != nil {
      figures += try await sideBySide(setting, "PostgreSQL", database: "bench_rate", processor: 0.65, rate: 1.4)
    }
    return figures
  }

  private static func sideBySide(
    _ setting: Setting, _ engine: String, database: String?, processor: Double, rate: Double
  ) async throws -> [Figure] {
    let newer = try await BenchNodes.start(1, setting, in: try DataDirectory(), database: database)
    var older: BenchNodes?
    if let binary = setting.older {
      older = try await BenchNodes.start(
        1, setting.running(binary), in: try DataDirectory(), database: database.map { $0 + "_old" })
    }
    for nodes in [older, newer].compactMap(\.self) {
      for load in SideBySideLoad.all { _ = try await load.run(nodes, seconds: 0.5) }
    }
    var figures: [Figure] = []
    for load in SideBySideLoad.all + [.alone] {
      var (ours, theirs): ([Round], [Round]) = ([], [])
      for _ in 0..<rounds {
        if let older { theirs.append(try await load.run(older, seconds: roundSeconds)) }
        ours.append(try await load.run(newer, seconds: roundSeconds))
      }
      let (name, title) = ("rate.\(engine).\(load.name)", "\(load.title), \(engine)")
      let isAlone = load.inFlight == 1
      figures += lines(name, title, "/s", ours.map(\.rate), theirs.map(\.rate), isAlone ? nil : .atLeast(rate))
      figures += lines(
        name + ".cpu", "  processor of the gateway per turn", "ms", ours.map(\.processor), theirs.map(\.processor),
        isAlone ? nil : .atMost(processor))
      figures += lines(
        name + ".p50", "  latency, half", "ms", ours.map(\.latency), theirs.map(\.latency),
        isAlone ? .atMost(0.75) : nil)
    }
    try await newer.stop()
    try await older?.stop()
    return figures
  }

  private static func lines(
    _ name: String, _ title: String, _ unit: String, _ ours: [Double], _ theirs: [Double], _ bound: Figure.Bound?
  ) -> [Figure] {
    Comparison(older: theirs.isEmpty ? nil : median(theirs), newer: median(ours))
      .figures(name, title, unit, bound: bound)
  }

  private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
