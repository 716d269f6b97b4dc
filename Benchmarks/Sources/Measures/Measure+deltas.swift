import NIOCore

extension Measure {
  private static let streams = 100
  private static let streamSeconds = 6

  /// From the model's write to the client's frame, with many concurrent answers.
  static let deltas = Measure(name: "deltas") { setting in
    let directory = try DataDirectory()
    let gateway = try await GatewayProcess.start(
      setting.binary, in: directory, model: setting.model.port,
      environment: ["SWIFTCLAW_LANES_MAIN": String(streams)])
    var users: [GatewayUser] = []
    for index in 0..<streams { users.append(try await .connect(to: gateway, as: "bench-\(index)")) }
    var figures: [Figure] = []
    for rate in [20, 50] {
      let pieces = rate * streamSeconds
      setting.model.behave(.paced(pieces: pieces, every: .milliseconds(Int64(1000 / rate))))
      let before = try gateway.cpuTime()
      let (delays, frames) = try await follow(users, session: "deltas-\(rate)", pieces: pieces)
      let processor = Double(try gateway.cpuTime() - before) / 1e9 / Double(streamSeconds) * 100
      let title = "delta to client, \(streams) streams of \(rate) a second"
      figures += [
        Figure("delta.\(rate).p99", title + ", p99", delays.p99, "ms", .atMost(25)),
        Figure("delta.\(rate).p50", "  half", delays.median, "ms"),
        Figure("delta.\(rate).worst", "  the slowest", delays.percentile(1), "ms"),
        Figure("delta.\(rate).joined", "  deltas in one frame", Double(delays.count) / Double(frames), ""),
        Figure("delta.\(rate).cpu", "  processor of the gateway, of one core", processor, "%"),
      ]
    }
    setting.model.behave(.atOnce)
    try await gateway.stop()
    return figures
  }

  /// One answer for each user; every piece must arrive.
  private static func follow(
    _ users: [GatewayUser], session: String, pieces: Int
  ) async throws -> (delays: Samples, frames: Int) {
    try await withThrowingTaskGroup(of: (Samples, Int).self) { group in
      for user in users {
        group.addTask {
          var (delays, frames) = (Samples(), 0)
          user.send(to: session, stream: true)
          try await user.response { frame in
            let now = Moment.now
            guard frame.readableBytesView.starts(with: #"{"event":"chunk""#.utf8) else { return }
            frames += 1
            for written in stamps(in: frame) { delays.add(now - written) }
          }
          guard delays.count == pieces else {
            throw BenchFailure("\(user.name) got \(delays.count) of \(pieces) pieces")
          }
          return (delays, frames)
        }
      }
      var (delays, frames) = (Samples(), 0)
      for try await (more, count) in group {
        delays.add(more)
        frames += count
      }
      return (delays, frames)
    }
  }

  /// The times in a frame, each written as `@nanoseconds`.
  private static func stamps(in frame: borrowing ByteBuffer) -> [Int64] {
    var stamps: [Int64] = []
    var current: Int64?
    for byte in frame.readableBytesView {
      switch (byte, current) {
      case (UInt8(ascii: "@"), _): current = 0
      case (UInt8(ascii: "0")...UInt8(ascii: "9"), let value?): current = value * 10 + Int64(byte - UInt8(ascii: "0"))
      case (_, let value?):
        stamps.append(value)
        current = nil
      default: break
      }
    }
    return stamps
  }
}
