import Glibc
import NIOPosix
import Synchronization

/// Reads many sockets on one thread and discards the data, to keep the readers cheap.
final class SocketDrain: Sendable {
  private let threads = NIOThreadPool(numberOfThreads: 1)
  private let sockets = Mutex<[Int32]>([])
  private let isStopped = Atomic(false)

  init() {
    threads.start()
    threads.submit { [self] _ in drain() }
  }

  func add(_ socket: Int32) {
    sockets.withLock { $0.append(socket) }
  }

  func stop() async throws {
    isStopped.store(true, ordering: .relaxed)
    try await threads.shutdownGracefully()
    for socket in sockets.withLock({ $0 }) { close(socket) }
  }

  private func drain() {
    var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    while !isStopped.load(ordering: .relaxed) {
      var waiting = sockets.withLock { $0.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) } }
      guard poll(&waiting, nfds_t(waiting.count), 20) > 0 else { continue }
      for socket in waiting where socket.revents != 0 { _ = read(socket.fd, &buffer, buffer.count) }
    }
  }
}

extension Loopback {
  /// Opens an authenticated socket; blocks.
  static func webSocket(to port: Int, as user: String) throws -> Int32 {
    let socket = try open(port)
    try send(
      "GET /ws HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", on: socket)
    try expect("101", on: socket)
    let params = #"{"token":"\#(GatewayProcess.token)","protocol":3,"user_id":"\#(user)"}"#
    let frame = Array(#"{"type":"req","id":0,"method":"connect","params":\#(params)}"#.utf8)
    // Masked with zeros, which changes nothing.
    let head: [UInt8] = [0x81, 0x80 | 126, UInt8(frame.count >> 8), UInt8(frame.count & 255), 0, 0, 0, 0]
    try send("", head + frame, on: socket)
    try expect("connection_id", on: socket)
    return socket
  }

  private static func send(_ text: String, _ more: [UInt8] = [], on socket: Int32) throws {
    let bytes = Array(text.utf8) + more
    guard write(socket, bytes, bytes.count) == bytes.count else { throw BenchFailure("a socket takes nothing") }
  }

  private static func expect(_ text: StaticString, on socket: Int32) throws {
    var (answer, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 16 * 1024))
    while !answer.contains(text) {
      let count = read(socket, &buffer, buffer.count)
      guard count > 0, answer.count < 64 * 1024 else {
        throw BenchFailure("a socket was answered: \(String(decoding: answer, as: UTF8.self))")
      }
      answer += buffer[..<count]
    }
  }
}
