import Glibc

extension Measure {
  private static let seconds = 4.0
  /// Turns per session before a user starts a new one, so that the length of the history does not affect this figure.
  private static let turnsPerSession = 10

  /// `chat.send` a second, with a model that answers at once.
  static let throughput = Measure(name: "throughput") { setting in
    setting.model.behave(.atOnce)
    let directory = try DataDirectory()
    let gateway = try await GatewayProcess.start(setting.binary, in: directory, model: setting.model.port)
    _ = try await load(gateway, users: 16, stream: true, seconds: 1)
    var figures: [Figure] = []
    for users in [1, 16, 64] {
      for stream in [true, false] {
        let result = try await load(gateway, users: users, stream: stream, seconds: seconds)
        figures += result.figures(users: users, stream: stream)
      }
    }
    figures.append(try await oneSession(gateway))
    figures.append(
      Figure("throughput.memory", "memory after all that, resident", Double(try gateway.memory().resident) / 1e6, "MB"))
    try await gateway.stop()
    return figures
  }

  struct Load: Sendable {
    var latencies = Samples()
    var seconds = 0.0
    /// Processor time of the gateway, and of this process, in nanoseconds.
    var gateway: Int64 = 0
    var generator: Int64 = 0

    func figures(users: Int, stream: Bool) -> [Figure] {
      let name = "throughput.\(users).\(stream ? "stream" : "whole")"
      let title = "chat.send, \(users) in flight, \(stream ? "streamed" : "not streamed")"
      let rate = Double(latencies.count) / seconds
      var figures = [
        Figure(name, title, rate, "/s", users == 64 ? .atLeast(2500) : nil),
        Figure(name + ".p50", "  latency, half", latencies.median, "ms"),
        Figure(name + ".p99", "  latency, p99", latencies.p99, "ms"),
        Figure(name + ".cpu", "  processor of the gateway per turn", perTurn(gateway), "ms"),
      ]
      if users == 64 {
        figures.append(
          Figure(name + ".generator", "  processor of load and model per turn", perTurn(generator), "ms"))
      }
      return figures
    }

    private func perTurn(_ time: Int64) -> Double { Double(time) / 1e6 / Double(max(1, latencies.count)) }
  }

  /// Keeps this many users in flight for a while, each on a socket of their own.
  static func load(
    _ gateway: GatewayProcess, users count: Int, stream: Bool, seconds: Double
  ) async throws -> Load {
    let round = Int(Moment.now / 1_000_000)
    var users: [GatewayUser] = []
    for index in 0..<count { users.append(try await .connect(to: gateway, as: "bench-\(index)")) }
    let (began, gatewayBefore) = (Moment.now, try gateway.cpuTime())
    let generatorBefore = try ProcessUsage.cpuTime(of: getpid())
    let end = began + Int64(seconds * 1e9)
    var load = Load()
    load.latencies = try await withThrowingTaskGroup(of: Samples.self) { group in
      for user in users {
        group.addTask {
          var samples = Samples()
          while Moment.now < end {
            samples.add(try await user.turn(in: "load-\(round)-\(samples.count / turnsPerSession)", stream: stream))
          }
          return samples
        }
      }
      var all = Samples()
      for try await samples in group { all.add(samples) }
      return all
    }
    load.seconds = Double(Moment.now - began) / 1e9
    load.gateway = try gateway.cpuTime() - gatewayBefore
    load.generator = try ProcessUsage.cpuTime(of: getpid()) - generatorBefore
    for user in users { user.socket.close(code: .normal) }
    return load
  }

  /// Runs of one session are sequential, however many are queued.
  private static func oneSession(_ gateway: GatewayProcess) async throws -> Figure {
    let user = try await GatewayUser.connect(to: gateway, as: "bench-alone")
    let round = Moment.now / 1_000_000
    let began = Moment.now
    var done = 0
    while Moment.now - began < Int64(seconds * 1e9) {
      for index in 0..<32 { user.send(to: "alone-\(round)-\(done)", stream: true, id: index) }
      for _ in 0..<32 { try await user.response() }
      done += 32
    }
    user.socket.close(code: .normal)
    let rate = Double(done) / (Double(Moment.now - began) / 1e9)
    return Figure("throughput.session", "chat.send, 32 waiting in one session", rate, "/s")
  }
}
