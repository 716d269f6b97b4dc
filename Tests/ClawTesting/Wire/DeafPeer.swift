import ClawJSON
import NIOCore
import NIOPosix

/// A client that opens a WebSocket, sends requests and never reads: only the gateway can end it.
public struct DeafPeer: Sendable {
  private let channel: any Channel

  /// Opens a socket, requests the upgrade, and sends requests without waiting.
  public static func open(port: Int, requests: [JSONValue] = []) async throws -> DeafPeer {
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelOption(.autoRead, value: false)
      .channelOption(.socketOption(.so_rcvbuf), value: 16 * 1024)
      .connect(host: "127.0.0.1", port: port).get()
    var bytes = ByteBuffer(
      string: "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
    for (index, request) in requests.enumerated() {
      var frame = request
      frame["type"] = "req"
      frame["id"] = .integer(Int64(index + 1))
      let payload = frame.serialized()
      // A text frame of 64 KiB at most, masked with zeros.
      bytes.writeBytes([0x81, 0xFE, UInt8(payload.count >> 8 & 0xFF), UInt8(payload.count & 0xFF), 0, 0, 0, 0])
      bytes.writeBytes(payload)
    }
    try await channel.writeAndFlush(bytes).get()
    return DeafPeer(channel: channel)
  }

  /// Closes the socket.
  public func drop() async {
    try? await channel.close().get()
  }
}
