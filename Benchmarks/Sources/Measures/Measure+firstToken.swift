import Glibc
import NIOPosix

extension Measure {
  private static let streams = 100
  private static let rounds = 3

  /// Time to first token over HTTP with many concurrent streams and a fresh configuration, compared with the model
  /// itself.
  static let firstToken = Measure(name: "first-token") { setting in
    setting.model.behave(.paced(pieces: 50, every: .milliseconds(20)))
    let direct = try await HTTPStreams(
      port: setting.model.port, path: "/v1/chat/completions", headers: [], body: #"{"stream":true}"#
    )
    .firstTokens(of: streams, rounds: rounds)
    let measured = try await Comparison.take(setting) { setting, _ in
      let gateway = try await GatewayProcess.start(
        setting.binary, in: try DataDirectory(), model: setting.model.port)
      let load = HTTPStreams(
        port: gateway.port, path: "/v1/chat/completions", headers: ["Authorization: Bearer \(GatewayProcess.token)"],
        body:
          #"{"model":"swiftclaw:default","stream":true,"messages":[{"role":"user","content":"\#(GatewayUser.message)"}]}"#
      )
      // A single one first, as warm-up.
      _ = try await load.firstTokens(of: 1, rounds: 1)
      let samples = try await load.firstTokens(of: streams, rounds: rounds)
      try await gateway.stop(force: true)
      return samples
    }
    var figures = [
      Figure("first-token.model.p50", "first token of the model itself, \(streams) streams, half", direct.median, "ms"),
      Figure("first-token.model.p99", "  p99", direct.p99, "ms"),
      Figure(
        "first-token.p50", "first token over HTTP, more than the model's own, half",
        measured.newer.median - direct.median,
        "ms", .atMost(25)),
      Figure("first-token.p99", "  p99", measured.newer.p99 - direct.p99, "ms", .atMost(60)),
    ]
    if let older = measured.older {
      figures.append(
        Figure("first-token.older.p50", "  the older binary, half", older.median - direct.median, "ms"))
      figures.append(Figure("first-token.older.p99", "  the older binary, p99", older.p99 - direct.p99, "ms"))
    }
    return figures
  }
}

/// Streamed answers over plain HTTP connections, each on a thread that blocks.
struct HTTPStreams: Sendable {
  let port: Int
  let path: String
  let headers: [String]
  let body: String

  /// From each request to the first text of its answer; all requests of a round are sent at once.
  func firstTokens(of count: Int, rounds: Int) async throws -> Samples {
    let threads = NIOThreadPool(numberOfThreads: count)
    threads.start()
    var all = Samples()
    for _ in 0..<rounds {
      let start = Moment.now + 200_000_000
      try await withThrowingTaskGroup(of: Int64.self) { group in
        for _ in 0..<count { group.addTask { try await threads.runIfActive { try firstToken(at: start) } } }
        for try await time in group { all.add(time) }
      }
    }
    try await threads.shutdownGracefully()
    return all
  }

  private func firstToken(at start: Int64) throws -> Int64 {
    let socket = try Loopback.open(port)
    defer { close(socket) }
    let lines =
      ["POST \(path) HTTP/1.1", "Host: 127.0.0.1:\(port)", "Content-Type: application/json"] + headers
      + ["Content-Length: \(body.utf8.count)", "", body]
    let request = Array(lines.joined(separator: "\r\n").utf8)
    while Moment.now < start { usleep(UInt32(max(1, (start - Moment.now) / 1000))) }
    let began = Moment.now
    guard write(socket, request, request.count) == request.count else { throw BenchFailure("\(path): no write") }
    var (answer, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 16 * 1024))
    var first: Int64?
    // Each of the model's texts contains an @.
    while true {
      let count = read(socket, &buffer, buffer.count)
      guard count > 0 else { throw BenchFailure("the stream ended: \(String(decoding: answer, as: UTF8.self))") }
      answer += buffer[..<count]
      if first == nil, answer.contains(#""content":"@"#) { first = Moment.now - began }
      if first != nil, answer.suffix(4096).contains("[DONE]") { return first ?? 0 }
    }
  }
}
