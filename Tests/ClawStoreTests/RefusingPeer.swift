import Foundation
import PostgresTesting

/// Lets every client log in and rejects every query, like pgbouncer 1.18 while its server is down; then waits for the
/// client to disconnect.
final class RefusingPeer: Sendable {
  let dsn: String
  private let listener: Int32
  private let ended = Locked(0)

  init() throws {
    let listener = try LoopbackListener()
    self.listener = listener.socket
    dsn = "host=127.0.0.1 port=\(listener.port) user=x dbname=x sslmode=disable gssencmode=disable"
    Thread.detachNewThread { [self] in
      while true {
        let client = accept(self.listener, nil, nil)
        guard client >= 0 else { break }
        Thread.detachNewThread { [self] in serve(client) }
      }
      Glibc.close(self.listener)
    }
  }

  func close() { shutdown(listener, Int32(SHUT_RDWR)) }

  /// Waits until this many connections have ended; false at the timeout.
  func haveEnded(_ count: Int) async -> Bool {
    let deadline = ContinuousClock.now + .seconds(120)
    while ended.withLock({ $0 }) < count, .now < deadline { await Task.yield() }
    return ended.withLock { $0 } >= count
  }

  private func serve(_ client: Int32) {
    defer {
      Glibc.close(client)
      ended.withLock { $0 += 1 }
    }
    var buffer = [UInt8](repeating: 0, count: 4096)
    guard read(client, &buffer, buffer.count) > 0 else { return }
    let ready = Self.message("Z", Array("I".utf8))
    // AuthenticationOk; backend key data with process 7 and key 7.
    say(Self.message("R", [0, 0, 0, 0]) + Self.message("K", [0, 0, 0, 7, 0, 0, 0, 7]) + ready, to: client)
    guard read(client, &buffer, buffer.count) > 0 else { return }
    let fields = "SFATAL\0C08006\0Mno server\0\0"
    say(Self.message("E", Array(fields.utf8)) + ready, to: client)
    while read(client, &buffer, buffer.count) > 0 {}
  }

  private static func message(_ kind: String, _ body: [UInt8]) -> [UInt8] {
    Array(kind.utf8) + withUnsafeBytes(of: UInt32(body.count + 4).bigEndian) { Array($0) } + body
  }

  private func say(_ bytes: [UInt8], to client: Int32) { _ = send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }
}
