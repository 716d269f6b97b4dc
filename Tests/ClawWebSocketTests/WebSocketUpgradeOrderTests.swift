import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import ClawWebSocket

@Suite("The client's upgrade, byte by byte")
struct WebSocketUpgradeOrderTests {
  /// A client's channel with a sent upgrade request, and the bytes of a matching 101.
  private static func upgrading() throws -> (channel: EmbeddedChannel, answer: ByteBuffer) {
    let channel = EmbeddedChannel()
    let handshake = WebSocketHandshake(
      url: try WebSocketURL("ws://127.0.0.1/ws"), headers: [], configuration: WebSocketConfiguration(), tls: nil)
    _ = try handshake.prepare(channel)
    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 80)).wait()
    var request = ""
    while case .byteBuffer(let part)? = try channel.readOutbound(as: IOData.self) { request += String(buffer: part) }
    let lines = request.split(separator: "\r\n")
    let key = try #require(lines.first { $0.lowercased().hasPrefix("sec-websocket-key: ") }?.split(separator: " ").last)
    let head = HTTPRequestHead(
      version: .http1_1, method: .GET, uri: "/ws",
      headers: ["Sec-WebSocket-Key": String(key), "Sec-WebSocket-Version": "13"])
    var answer = ByteBuffer(string: "HTTP/1.1 101 Switching Protocols\r\n")
    for (name, value) in try WebSocketServer.acceptHeaders(for: head, on: channel).wait() {
      answer.writeString("\(name): \(value)\r\n")
    }
    answer.writeString("\r\n")
    return (channel, answer)
  }

  @Test(
    "A close frame right behind the 101 is answered, wherever the bytes are cut and however the rest comes",
    arguments: [false, true])
  func closeBehindUpgrade(isLater: Bool) throws {
    var cut = 0
    var length = 1
    while cut <= length {
      var (channel, answer) = try Self.upgrading()
      // 1000, unmasked, as from a server.
      answer.writeBytes([0x88, 0x02, 0x03, 0xE8])
      length = answer.readableBytes
      if let first = answer.readSlice(length: cut), first.readableBytes > 0 { try channel.writeInbound(first) }
      // Between the two the pipeline may have changed, or may be about to.
      if isLater { channel.embeddedEventLoop.run() }
      if answer.readableBytes > 0 { try channel.writeInbound(answer) }
      channel.embeddedEventLoop.run()
      var written: [UInt8] = []
      while let part = try channel.readOutbound(as: ByteBuffer.self) { written += part.readableBytesView }
      #expect(written.first == 0x88 && written.count == 8, "cut at \(cut): \(written)")
      _ = try? channel.finish()
      cut += 1
    }
  }
}
