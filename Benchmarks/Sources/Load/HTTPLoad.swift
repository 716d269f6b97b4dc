import Glibc
import NIOPosix

/// Requests over plain keep-alive HTTP connections, each on a blocking thread, to keep the load generator cheap.
struct HTTPLoad: Sendable {
  let ports: [Int]
  let path: String
  let headers: [String]
  let body: String

  struct Result: Sendable {
    var latencies = Samples()
    var seconds = 0.0

    var perSecond: Double { Double(latencies.count) / seconds }
  }

  /// Keeps this many requests in flight for a while; each must be answered with 200.
  func run(inFlight: Int, seconds: Double) async throws -> Result {
    let threads = NIOThreadPool(numberOfThreads: inFlight)
    threads.start()
    let began = Moment.now
    let end = began + Int64(seconds * 1e9)
    let latencies = try await withThrowingTaskGroup(of: Samples.self) { group in
      for index in 0..<inFlight {
        group.addTask { try await threads.runIfActive { try ask(ports[index % ports.count], until: end) } }
      }
      var all = Samples()
      for try await samples in group { all.add(samples) }
      return all
    }
    let result = Result(latencies: latencies, seconds: Double(Moment.now - began) / 1e9)
    try await threads.shutdownGracefully()
    return result
  }

  private func ask(_ port: Int, until end: Int64) throws -> Samples {
    let socket = try Loopback.open(port)
    defer { close(socket) }
    var one: Int32 = 1
    setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    let head = ["POST \(path) HTTP/1.1", "Host: 127.0.0.1:\(port)", "Content-Type: application/json"]
    let lines = head + headers + ["Content-Length: \(body.utf8.count)", "", body]
    let request = Array(lines.joined(separator: "\r\n").utf8)
    var samples = Samples()
    var answer = HTTPAnswer()
    while Moment.now < end {
      let began = Moment.now
      guard write(socket, request, request.count) == request.count else { throw BenchFailure("\(path): no write") }
      try answer.read(from: socket)
      samples.add(Moment.now - began)
    }
    return samples
  }
}

/// Reads responses of a connection.
private struct HTTPAnswer {
  private var bytes: [UInt8] = []
  private var buffer = [UInt8](repeating: 0, count: 16 * 1024)

  /// Reads a whole response with status 200.
  mutating func read(from socket: Int32) throws {
    bytes.removeAll(keepingCapacity: true)
    while !isWhole {
      let count = Glibc.read(socket, &buffer, buffer.count)
      guard count > 0 else { throw BenchFailure("the connection ended: \(String(decoding: bytes, as: UTF8.self))") }
      bytes += buffer[..<count]
    }
    guard bytes.starts(with: "HTTP/1.1 200".utf8) else {
      throw BenchFailure("answered: \(String(decoding: bytes, as: UTF8.self))")
    }
  }

  private var isWhole: Bool {
    guard let end = bytes.firstRange(of: "\r\n\r\n".utf8) else { return false }
    let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).lowercased()
    if let length = head.split(separator: "\r\n").first(where: { $0.hasPrefix("content-length:") }) {
      return bytes.count - end.upperBound >= Int(length.split(separator: " ").last ?? "") ?? 0
    }
    return bytes.suffix(5).elementsEqual("0\r\n\r\n".utf8)
  }
}
