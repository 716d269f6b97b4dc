import ClawWebSocket
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceLifecycle
import Testing

@testable import ClawServer

@Suite("HTTP and WebSocket on one port", .timeLimit(.minutes(10)))
struct UpgradeTests {
  /// Runs a server whose HTTP part answers `plain: PATH`, and whose `/ws` echoes.
  private func withServer(
    _ configuration: WebSocketUpgradeChannel.Configuration = .init(),
    _ body: @escaping @Sendable (Int) async throws -> Void
  ) async throws {
    let (ports, port) = AsyncStream.makeStream(of: Int.self)
    let builder = HTTPServerBuilder { responder in
      WebSocketUpgradeChannel(
        responder: responder, configuration: configuration,
        decide: { head, _ in
          switch head.uri {
          case "/ws": .upgrade(WebSocketConfiguration(closeTimeout: .seconds(1)))
          case "/forbidden": .refuse(status: .forbidden, headers: [.server: "claw"], body: "not for you")
          default: .notWebSocket
          }
        },
        handle: { connection, head, _ in
          connection.send(text: "welcome to \(head.uri)")
          while let message = await connection.nextMessage() { connection.send(message) }
        })
    }
    let service = try builder.buildServer(
      configuration: .init(address: .hostname("127.0.0.1", port: 0)),
      eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
      responder: { request, writer, _ in
        let text = "plain: \(request.uri.path)"
        let length = "\(text.utf8.count)"
        var writer = try await writer.writeHead(.init(status: .ok, headerFields: [.contentLength: length]))
        try await writer.write(ByteBuffer(string: text))
        try await writer.finish(nil)
      },
      onServerRunning: { channel in port.yield(channel.localAddress?.port ?? 0) })
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await service.run() }
      var iterator = ports.makeAsyncIterator()
      try await body(try #require(await iterator.next()))
      group.cancelAll()
    }
  }

  private static let upgrade =
    "Host: localhost\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"
    + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

  @Test("An upgrade becomes a WebSocket, and ends with it")
  func upgrades() async throws {
    try await withServer { port in
      let client = try await WebSocketClient().connect(url: "ws://127.0.0.1:\(port)/ws")
      #expect(await client.nextMessage() == .text(ByteBuffer(string: "welcome to /ws")))
      client.send(text: "hello")
      #expect(await client.nextMessage() == .text(ByteBuffer(string: "hello")))
      client.close(code: .normal)
      #expect(await client.closed().wasClean)
    }
  }

  @Test("A refused upgrade is answered over HTTP with status, header and body, and the connection ends")
  func refuses() async throws {
    try await withServer { port in
      let raw = try await RawClient.connect(port: port)
      try await raw.send("GET /forbidden HTTP/1.1\r\n" + Self.upgrade)
      let answer = await raw.rest()
      #expect(answer.hasPrefix("HTTP/1.1 403 Forbidden\r\n"))
      #expect(answer.lowercased().contains("connection: close"))
      #expect(answer.contains("Server: claw") && answer.hasSuffix(#""message":"not for you"}}"#))
      let error = await #expect(throws: WebSocketClientError.self) {
        _ = try await WebSocketClient().connect(url: "ws://127.0.0.1:\(port)/forbidden")
      }
      #expect(error?.code == .upgradeRefused(status: 403))
    }
  }

  @Test("Plain requests are served, kept alive, on the same port")
  func plain() async throws {
    try await withServer { port in
      let raw = try await RawClient.connect(port: port)
      for path in ["/a", "/b", "/ws"] {
        try await raw.send("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(await raw.until("plain: \(path)").hasPrefix("HTTP/1.1 200"))
      }
    }
  }

  @Test("A connection that carried plain requests can still become a WebSocket", arguments: [false, true])
  func keepAliveThenUpgrade(pipelined: Bool) async throws {
    try await withServer { port in
      let raw = try await RawClient.connect(port: port)
      let first = "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n"
      // A masked text frame "~~" directly after the request, before its response.
      let second = Array(("GET /ws HTTP/1.1\r\n" + Self.upgrade).utf8) + [0x81, 0x82, 0, 0, 0, 0, 0x7E, 0x7E]
      if pipelined {
        try await raw.send(bytes: Array(first.utf8) + second)
        #expect(await raw.until("plain: /a").hasPrefix("HTTP/1.1 200"))
      } else {
        try await raw.send(first)
        #expect(await raw.until("plain: /a").hasPrefix("HTTP/1.1 200"))
        try await raw.send(bytes: second)
      }
      let answer = await raw.until("~~")
      #expect(answer.contains("HTTP/1.1 101 Switching Protocols"))
      #expect(answer.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))
      #expect(answer.contains("welcome to /ws"))
      // A close frame with 1000, masked with zeros; the server echoes it and closes the socket.
      try await raw.send(bytes: [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xE8])
      #expect(await raw.restBytes() == [0x88, 0x02, 0x03, 0xE8])
    }
  }

  @Test("Faulty upgrade requests are answered cleanly")
  func faulty() async throws {
    try await withServer { port in
      let headers = "Host: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
      let cases: [(String, String)] = [
        ("Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "426"),
        ("Sec-WebSocket-Version: 13\r\n", "400"),
        ("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short==\r\n", "400"),
        ("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nContent-Length: 2\r\n", "400"),
      ]
      for (lines, status) in cases {
        let raw = try await RawClient.connect(port: port)
        try await raw.send("GET /ws HTTP/1.1\r\n" + headers + lines + "\r\n" + (lines.contains("Length") ? "ab" : ""))
        let answer = await raw.rest()
        #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(lines)")
        #expect(answer.lowercased().contains("connection: close"))
        #expect(answer.lowercased().contains("content-type: application/json"))
        #expect(answer.lowercased().contains("x-request-id: "))
        #expect(answer.contains(#"{"error":{"code":""#), "\(answer)")
        if status == "426" {
          #expect(answer.contains("Sec-WebSocket-Version: 13"))
          // RFC 9110, section 15.5.22.
          #expect(answer.lowercased().contains("upgrade: websocket"))
        }
      }
    }
  }

  @Test("A request to upgrade that announces a body is refused at its head: what never comes is not waited for")
  func announcedBody() async throws {
    try await withServer { port in
      for body in ["Content-Length: 5", "Transfer-Encoding: chunked"] {
        for path in ["/ws", "/forbidden"] {
          let raw = try await RawClient.connect(port: port)
          try await raw.send("GET \(path) HTTP/1.1\r\n\(body)\r\n" + Self.upgrade)
          #expect(await raw.rest().hasPrefix(path == "/ws" ? "HTTP/1.1 400 " : "HTTP/1.1 403 "))
        }
      }
    }
  }

  @Test("An upgrade to something else is served as a plain request, the last of its connection")
  func otherUpgrade() async throws {
    try await withServer { port in
      let raw = try await RawClient.connect(port: port)
      try await raw.send("GET /a HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
      let answer = await raw.until("plain: /a")
      #expect(answer.lowercased().contains("connection: close"))
    }
  }

  @Test("A connection on which no request comes is closed")
  func mute() async throws {
    var configuration = WebSocketUpgradeChannel.Configuration()
    configuration.requestTimeout = .milliseconds(50)
    try await withServer(configuration) { port in
      let mute = try await RawClient.connect(port: port)
      #expect(await mute.rest() == "")
    }
  }
}

/// Raw bytes in both directions.
private final class RawClient: Sendable {
  let channel: any Channel
  private let bytes: AsyncStream<UInt8>

  private init(channel: any Channel, bytes: AsyncStream<UInt8>) {
    self.channel = channel
    self.bytes = bytes
  }

  static func connect(port: Int) async throws -> RawClient {
    let (stream, continuation) = AsyncStream.makeStream(of: UInt8.self)
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(Collector(continuation))
        }
      }
      .connect(host: "127.0.0.1", port: port).get()
    return RawClient(channel: channel, bytes: stream)
  }

  func send(_ text: String) async throws { try await send(bytes: Array(text.utf8)) }

  func send(bytes: [UInt8]) async throws {
    try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
  }

  /// Reads up to and including `end`.
  func until(_ end: String) async -> String {
    var seen: [UInt8] = []
    for await byte in bytes {
      seen.append(byte)
      if seen.count >= end.utf8.count, seen.suffix(end.utf8.count).elementsEqual(end.utf8) { break }
    }
    return String(decoding: seen, as: UTF8.self)
  }

  func restBytes() async -> [UInt8] {
    var seen: [UInt8] = []
    for await byte in bytes { seen.append(byte) }
    return seen
  }

  func rest() async -> String { String(decoding: await restBytes(), as: UTF8.self) }
}

private final class Collector: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  private let continuation: AsyncStream<UInt8>.Continuation

  init(_ continuation: AsyncStream<UInt8>.Continuation) { self.continuation = continuation }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    for byte in Self.unwrapInboundIn(data).readableBytesView { continuation.yield(byte) }
  }

  func channelInactive(context: ChannelHandlerContext) { continuation.finish() }
}
