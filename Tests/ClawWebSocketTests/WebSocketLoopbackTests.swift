import Dispatch
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import Synchronization
import Testing

@testable import ClawWebSocket

/// A loopback server with NIO's upgrader and our installer, which provides its connections.
private struct LoopbackServer: Sendable {
  let channel: any Channel
  let connections: AsyncStream<WebSocketConnection>

  var port: Int { channel.localAddress?.port ?? 0 }

  static func start(_ configuration: WebSocketConfiguration = .init(), sendBuffer: Int? = nil) async throws -> Self {
    let (stream, continuation) = AsyncStream.makeStream(of: WebSocketConnection.self)
    let upgrader = NIOWebSocketServerUpgrader(
      shouldUpgrade: { channel, head in
        channel.eventLoop.makeSucceededFuture(head.uri == "/ws" ? [:] : nil)
      },
      upgradePipelineHandler: { channel, _ in
        WebSocketServer.install(on: channel, configuration: configuration).map { _ = continuation.yield($0) }
      })
    var bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.pipeline.configureHTTPServerPipeline(
          withServerUpgrade: (upgraders: [upgrader], completionHandler: { _ in }))
      }
    if let sendBuffer {
      bootstrap = bootstrap.childChannelOption(.socketOption(.so_sndbuf), value: .init(sendBuffer))
    }
    let channel = try await bootstrap.bind(host: "127.0.0.1", port: 0).get()
    return Self(channel: channel, connections: stream)
  }

  /// Both ends of a new connection.
  func pair(
    client configuration: WebSocketConfiguration = .init()
  ) async throws -> (server: WebSocketConnection, client: WebSocketConnection) {
    let client = try await WebSocketClient().connect(url: "ws://127.0.0.1:\(port)/ws", configuration: configuration)
    var iterator = connections.makeAsyncIterator()
    return (try #require(await iterator.next()), client)
  }
}

@Suite("Over a real socket", .timeLimit(.minutes(10)))
struct WebSocketLoopbackTests {
  @Test("Messages of both kinds and many sizes come back as they were sent")
  func echo() async throws {
    let configuration = WebSocketConfiguration(maxMessageBytes: 1 << 20, maxQueueBytes: 8 << 20, acceptsBinary: true)
    let (server, client) = try await LoopbackServer.start(configuration).pair(client: configuration)
    async let echoing: Void = {
      while let message = await server.nextMessage() { server.send(message) }
    }()
    let sizes = [0, 1, 125, 126, 4095, 4096, 65_535, 65_536, 1 << 20]
    let messages = sizes.flatMap { size -> [WebSocketMessage] in
      [
        .text(String(repeating: "x", count: size)),
        .binary(ByteBuffer(bytes: (0..<size).map { UInt8(truncatingIfNeeded: $0) })),
      ]
    }
    for message in messages { #expect(client.send(message)) }
    for message in messages { #expect(await client.nextMessage() == message) }
    client.close(code: .normal, reason: "done")
    await echoing
    #expect(
      await server.closed() == WebSocketClose(code: .normal, reason: "done", wasClean: true, initiatedLocally: false))
    #expect(
      await client.closed() == WebSocketClose(code: .normal, reason: "done", wasClean: true, initiatedLocally: true))
    #expect(await client.nextMessage() == nil)
  }

  @Test("The server's close reaches the client, behind what was sent before")
  func serverCloses() async throws {
    let (server, client) = try await LoopbackServer.start().pair()
    for number in 0..<50 { server.send(text: "\(number)") }
    server.close(code: .goingAway, reason: "restart")
    for number in 0..<50 { #expect(await client.nextMessage() == .text("\(number)")) }
    #expect(await client.nextMessage() == nil)
    #expect(
      await client.closed()
        == WebSocketClose(code: .goingAway, reason: "restart", wasClean: true, initiatedLocally: false))
    #expect(await server.closed().wasClean)
  }

  @Test("Many tasks send at once: nothing is lost and each task's order holds")
  func manySenders() async throws {
    let (server, client) = try await LoopbackServer.start(.init(maxQueueBytes: 64 << 20)).pair()
    let tasks = 16
    let each = 500
    await withDiscardingTaskGroup { group in
      for task in 0..<tasks {
        group.addTask {
          for number in 0..<each { server.send(text: "\(task) \(number)") }
        }
      }
    }
    var next = Array(repeating: 0, count: tasks)
    for _ in 0..<tasks * each {
      guard case .text(let bytes)? = await client.nextMessage() else { break }
      let parts = String(buffer: bytes).split(separator: " ").compactMap { Int($0) }
      #expect(parts.count == 2 && next[parts[0]] == parts[1])
      next[parts[0]] += 1
    }
    #expect(next == Array(repeating: each, count: tasks))
    client.close(code: .normal)
  }

  @Test("S32: a client that does not read is closed with 1013 and dropped after the close timeout")
  func slowReader() async throws {
    let configuration = WebSocketConfiguration(closeTimeout: .milliseconds(100))
    let server = try await LoopbackServer.start(configuration, sendBuffer: 64 * 1024)
    let lazy = try await connectWithoutReading(port: server.port)
    var iterator = server.connections.makeAsyncIterator()
    let connection = try #require(await iterator.next())
    let frame = ByteBuffer(repeating: 0x61, count: 1000)
    var refusedAt: Int?
    for number in 0..<32_000 where refusedAt == nil {
      if !connection.send(text: frame) { refusedAt = number }
      #expect(connection.queuedBytes <= 1 << 20)
    }
    #expect(refusedAt != nil)
    #expect(!connection.send(text: frame))
    let close = await connection.closed()
    #expect(close.code == .tryAgainLater && close.initiatedLocally && !close.wasClean)
    #expect(connection.queuedBytes == 0)
    lazy.close(promise: nil)
  }

  @Test("Paced sends wait for a slow reader, never trip the bound, and lose nothing")
  func paced() async throws {
    let server = try await LoopbackServer.start(.init(maxQueueBytes: 128 * 1024), sendBuffer: 64 * 1024)
    let (connection, client) = try await server.pair()
    let frame = ByteBuffer(repeating: 0x61, count: 10_000)
    let count = 400
    async let sending: Int = {
      var accepted = 0
      for _ in 0..<count where await connection.sendPaced(text: frame) {
        accepted += 1
        #expect(connection.queuedBytes <= 32 * 1024 + 10_004)
      }
      return accepted
    }()
    for _ in 0..<count { #expect(await client.nextMessage() == .text(frame)) }
    #expect(await sending == count)
    client.close(code: .normal)
    #expect(await connection.closed().wasClean)
    #expect(await connection.sendPaced(text: frame) == false)
  }

  @Test("A waiting paced send ends with false when it is cancelled and when the connection closes")
  func pacedEnds() async throws {
    let server = try await LoopbackServer.start(.init(closeTimeout: .milliseconds(50)), sendBuffer: 16 * 1024)
    let lazy = try await connectWithoutReading(port: server.port)
    var iterator = server.connections.makeAsyncIterator()
    let connection = try #require(await iterator.next())
    let frame = ByteBuffer(repeating: 0x61, count: 100_000)
    for end in ["cancel", "close"] {
      let result = await withTaskGroup(of: Bool.self) { group in
        group.addTask {
          while await connection.sendPaced(text: frame) {}
          return Task.isCancelled
        }
        // Until the sender has filled the socket and waits, its queue grows and shrinks; it must end in either case.
        while connection.queuedBytes < 100_000 { await Task.yield() }
        if end == "cancel" { group.cancelAll() } else { connection.close(code: .normal) }
        return await group.next()
      }
      #expect(result == (end == "cancel"))
    }
    #expect(await connection.closed().code == .normal)
    lazy.close(promise: nil)
  }

  @Test("Waiting for a message ends with nil when the task is cancelled, and the connection lives on")
  func cancelledWait() async throws {
    let (server, client) = try await LoopbackServer.start().pair()
    let waited = await withTaskGroup(of: WebSocketMessage?.self) { group in
      group.addTask { await client.nextMessage() }
      await Task.yield()
      group.cancelAll()
      return await group.next() ?? nil
    }
    #expect(waited == nil)
    server.send(text: "still here")
    #expect(await client.nextMessage() == .text("still here"))
    client.close(code: .normal)
  }

  @Test("Frames that come in one piece with the 101 are not lost")
  func serverSpeaksFirst() async throws {
    let port = try await serveUpgrade(followedBy: wireText("at once", isMasked: false))
    let eager = try await WebSocketClient().connect(url: "ws://127.0.0.1:\(port)/ws")
    #expect(await eager.nextMessage() == .text("at once"))
  }

  @Test("A refused upgrade tells the HTTP status")
  func refused() async throws {
    // NIO's upgrader rejects the path; a plain handler behind it responds.
    let answer = ByteBuffer(string: "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
    let port = try await serveOnce(answer)
    let error = await #expect(throws: WebSocketClientError.self) {
      _ = try await WebSocketClient().connect(url: "ws://127.0.0.1:\(port)/ws?token=secret")
    }
    #expect(error?.code == .upgradeRefused(status: 403))
    #expect(error?.httpStatus == 403)
    #expect(error?.message.contains("secret") == false)
  }

  @Test("A 101 with a wrong Sec-WebSocket-Accept is no connection")
  func wrongAccept() async throws {
    let answer = ByteBuffer(
      string: "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
        + "sec-websocket-accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n")
    let port = try await serveOnce(answer)
    let error = await #expect(throws: WebSocketClientError.self) {
      _ = try await WebSocketClient().connect(url: "ws://127.0.0.1:\(port)/ws")
    }
    #expect(error?.code == .upgradeRefused(status: 101))
  }

  @Test("A server that is not there, is mute or does not speak TLS is told apart")
  func connectErrors() async throws {
    let mute = try await serveOnce(ByteBuffer())
    let client = WebSocketClient()
    let timeout = await #expect(throws: WebSocketClientError.self) {
      _ = try await client.connect(url: "ws://127.0.0.1:\(mute)/ws", connectTimeout: .milliseconds(50))
    }
    #expect(timeout?.code == .timeout)
    let plain = try await serveOnce(ByteBuffer(string: "HTTP/1.1 400 Bad Request\r\n\r\n"))
    let tls = await #expect(throws: WebSocketClientError.self) {
      _ = try await client.connect(url: "wss://127.0.0.1:\(plain)/ws", connectTimeout: .seconds(300))
    }
    #expect(tls?.code == .tls)
    // Bound by this test, so that no other program can listen there; and not listening, so that it refuses connections.
    let (silent, port) = try Self.boundSocket()
    let nobody = await #expect(throws: WebSocketClientError.self) {
      _ = try await client.connect(url: "ws://127.0.0.1:\(port)/ws", connectTimeout: .seconds(300))
    }
    close(silent)
    #expect(nobody?.code == .connectFailed)
  }

  @Test("Connecting needs no thread that others may block, and no part of it takes longer than its time")
  func blockedThreads() async throws {
    let plain = try await serveOnce(ByteBuffer(string: "HTTP/1.1 400 Bad Request\r\n\r\n"))
    // More than the shared pool has threads.
    let gate = DispatchSemaphore(value: 0)
    let count = 4 * NIOSingletons.blockingPoolThreadCountSuggestion
    let blocked = (0..<count).map { _ in
      NIOThreadPool.singleton.runIfActive(eventLoop: MultiThreadedEventLoopGroup.singleton.any()) { gate.wait() }
    }
    let error = await #expect(throws: WebSocketClientError.self) {
      _ = try await WebSocketClient().connect(url: "wss://127.0.0.1:\(plain)/ws", connectTimeout: .seconds(60))
    }
    #expect(error?.code == .tls)
    for _ in 0..<count { gate.signal() }
    for future in blocked { try await future.get() }
  }

  /// A client that upgrades and then never reads again.
  private func connectWithoutReading(port: Int) async throws -> any Channel {
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelOption(.autoRead, value: false)
      .channelOption(.socketOption(.so_rcvbuf), value: 64 * 1024)
      .connect(host: "127.0.0.1", port: port).get()
    let request =
      "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
      + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    try await channel.writeAndFlush(ByteBuffer(string: request)).get()
    return channel
  }

  /// A server that accepts an upgrade and sends these bytes in the same write.
  private func serveUpgrade(followedBy bytes: ByteBuffer) async throws -> Int {
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(HTTPRequestDecoder()))
          try channel.pipeline.syncOperations.addHandler(EagerUpgrade(bytes))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    return channel.localAddress?.port ?? 0
  }

  /// A server that responds to any request with these bytes. A TCP socket bound to a free port without listening.
  private static func boundSocket() throws -> (descriptor: Int32, port: Int) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    try #require(descriptor >= 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
        bind(descriptor, raw, length) == 0 && getsockname(descriptor, raw, &length) == 0
      }
    }
    try #require(isBound)
    return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
  }

  private func serveOnce(_ answer: ByteBuffer) async throws -> Int {
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(FixedAnswer(answer))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    return channel.localAddress?.port ?? 0
  }
}

private final class FixedAnswer: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer
  private var answer: ByteBuffer?

  init(_ answer: ByteBuffer) { self.answer = answer }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard let answer else { return }
    self.answer = nil
    context.writeAndFlush(Self.wrapOutboundOut(answer), promise: nil)
  }
}

private final class EagerUpgrade: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = ByteBuffer
  private let extra: ByteBuffer

  init(_ extra: ByteBuffer) { self.extra = extra }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .head(let head) = Self.unwrapInboundIn(data) else { return }
    let extra = extra
    WebSocketServer.acceptHeaders(for: head, on: context.channel).assumeIsolated().whenSuccess { headers in
      var answer = ByteBuffer(string: "HTTP/1.1 101 Switching Protocols\r\n")
      for (name, value) in headers { answer.writeString("\(name): \(value)\r\n") }
      answer.writeString("\r\n")
      answer.writeImmutableBuffer(extra)
      context.writeAndFlush(Self.wrapOutboundOut(answer), promise: nil)
    }
  }
}
