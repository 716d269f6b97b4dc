import NIOCore
import NIOEmbedded
import Testing

@testable import ClawWebSocket

/// One end of a connection on an embedded channel: the test provides bytes and time.
private final class Peer {
  let channel = EmbeddedChannel()
  let connection: WebSocketConnection

  init(_ role: WebSocketRole = .server, _ configuration: WebSocketConfiguration = .init()) throws {
    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    connection = try WebSocketInstaller.install(on: channel, role: role, configuration: configuration)
  }

  func receive(_ bytes: ByteBuffer) throws {
    try channel.writeInbound(bytes)
    channel.embeddedEventLoop.run()
  }

  /// Everything written since the last call.
  func sent() throws -> ByteBuffer {
    channel.embeddedEventLoop.run()
    var all = ByteBuffer()
    while var next = try channel.readOutbound(as: ByteBuffer.self) { all.writeBuffer(&next) }
    return all
  }

  /// The frames a client has written since the last call, unmasked by the reader.
  func sentFrames() throws -> [WebSocketFrameReader.Event] {
    var bytes = try sent()
    var reader = WebSocketFrameReader(expectsMask: true, acceptsBinary: true)
    var events: [WebSocketFrameReader.Event] = []
    while let event = reader.next(&bytes, maxMessageBytes: .max) { events.append(event) }
    return events
  }

  func message() -> WebSocketMessage? {
    let next = connection.inbox.withLock { $0.pop(maxMessageBytes: connection.maxMessageBytes) }
    if next.resumesReading { connection.handler.value?.inboxHasRoom() }
    return next.message
  }

  var outcome: WebSocketClose? { connection.ending.withLock { $0.result } }

  func advance(_ time: Duration) { channel.embeddedEventLoop.advanceTime(by: TimeAmount(time)) }

  func setWritable(_ isWritable: Bool) {
    channel.isWritable = isWritable
    channel.pipeline.fireChannelWritabilityChanged()
    channel.embeddedEventLoop.run()
  }
}

@Suite("The handler on a connection")
struct WebSocketHandlerTests {
  @Test("A ping between fragments is answered at once, with its payload")
  func interleavedPing() throws {
    let server = try Peer()
    try server.receive(joined(wireText("He", isFinal: false), wireFrame(9, [7, 8])))
    #expect(try server.sent() == wireFrame(10, [7, 8], isMasked: false))
    #expect(server.message() == nil)
    try server.receive(wireFrame(0, Array("llo".utf8)))
    #expect(server.message() == .text("Hello"))
  }

  @Test("A client masks what it sends and takes unmasked frames")
  func clientMasks() throws {
    let client = try Peer(.client)
    client.connection.send(text: "a")
    client.connection.send(.binary(ByteBuffer(bytes: [1, 2, 3, 4, 5, 6, 7, 8, 9])))
    #expect(
      try client.sentFrames() == [
        .message(.text("a")), .message(.binary(ByteBuffer(bytes: [1, 2, 3, 4, 5, 6, 7, 8, 9]))),
      ])
    try client.receive(wireText("b", isMasked: false))
    #expect(client.message() == .text("b"))
  }

  @Test("The peer's close is echoed with its code, then the server closes the socket")
  func peerCloses() throws {
    let server = try Peer()
    try server.receive(joined(wireText("last"), wireFrame(8, closePayload(4001, "bye")), wireText("late")))
    #expect(try server.sent() == wireFrame(8, closePayload(4001), isMasked: false))
    #expect(server.message() == .text("last"))
    #expect(server.message() == nil)
    #expect(!server.channel.isActive)
    #expect(
      server.outcome
        == WebSocketClose(code: .init(rawValue: 4001), reason: "bye", wasClean: true, initiatedLocally: false))
    #expect(!server.connection.send(text: "x"))
  }

  @Test("A close without a code is echoed without one")
  func closeWithoutCode() throws {
    let server = try Peer()
    try server.receive(wireFrame(8))
    #expect(try server.sent() == wireFrame(8, isMasked: false))
    #expect(server.outcome?.code == .noStatus)
    #expect(server.outcome?.wasClean == true)
  }

  @Test("A client that is closed by the server leaves closing the socket to it, but not for ever")
  func clientAwaitsServer() throws {
    let client = try Peer(.client)
    try client.receive(wireFrame(8, closePayload(1001), isMasked: false))
    #expect(try client.sentFrames() == [.close(code: .goingAway, reason: "")])
    #expect(client.channel.isActive)
    client.advance(.seconds(5))
    #expect(!client.channel.isActive)
    #expect(client.outcome?.wasClean == true)
  }

  @Test("Our close goes out behind what was queued; the peer's answer ends it")
  func localClose() throws {
    let server = try Peer()
    server.connection.send(text: "first")
    server.connection.close(code: .goingAway, reason: "restart")
    server.connection.close(code: .normal)
    #expect(!server.connection.send(text: "after"))
    let expected = joined(
      wireText("first", isMasked: false), wireFrame(8, closePayload(1001, "restart"), isMasked: false))
    #expect(try server.sent() == expected)
    try server.receive(wireText("ignored"))
    #expect(server.message() == nil)
    #expect(server.channel.isActive)
    try server.receive(wireFrame(8, closePayload(1001)))
    #expect(try server.sent().readableBytes == 0)
    #expect(!server.channel.isActive)
    #expect(
      server.outcome == WebSocketClose(code: .goingAway, reason: "restart", wasClean: true, initiatedLocally: true))
  }

  @Test("A peer that does not answer our close is dropped after the close timeout")
  func closeTimeout() throws {
    let server = try Peer(.server, .init(closeTimeout: .milliseconds(300)))
    server.connection.close(code: .normal)
    _ = try server.sent()
    server.advance(.milliseconds(299))
    #expect(server.channel.isActive)
    server.advance(.milliseconds(1))
    #expect(!server.channel.isActive)
    #expect(server.outcome == WebSocketClose(code: .normal, reason: "", wasClean: false, initiatedLocally: true))
  }

  @Test("A peer that has to go is dropped sooner, also when a close was under way; never later")
  func hastenedClose() throws {
    let server = try Peer(.server, .init(closeTimeout: .seconds(5)))
    server.connection.close(code: .policyViolation, within: .milliseconds(200))
    server.advance(.milliseconds(199))
    #expect(server.channel.isActive)
    server.advance(.milliseconds(1))
    #expect(!server.channel.isActive)
    #expect(server.outcome?.code == .policyViolation)

    let closing = try Peer(.server, .init(closeTimeout: .seconds(5)))
    closing.connection.close(code: .tryAgainLater)
    closing.advance(.seconds(1))
    closing.connection.close(code: .policyViolation, within: .milliseconds(200))
    closing.connection.close(code: .policyViolation, within: .seconds(60))
    closing.advance(.milliseconds(200))
    #expect(!closing.channel.isActive)
    #expect(closing.outcome?.code == .tryAgainLater)
  }

  @Test("A violation is answered with its code; what follows is not read any more")
  func violation() throws {
    let server = try Peer()
    try server.receive(joined(wireFrame(2, [1]), wireText("x")))
    let reason = "only text messages are accepted"
    #expect(try server.sent() == wireFrame(8, closePayload(1003, reason), isMasked: false))
    #expect(server.message() == nil)
    #expect(!server.connection.send(text: "x"))
    server.advance(.seconds(5))
    #expect(
      server.outcome
        == WebSocketClose(code: .unsupportedData, reason: reason, wasClean: false, initiatedLocally: true))
  }

  @Test("The message limit can be changed while the connection is open")
  func changingLimit() throws {
    let server = try Peer(.server, .init(maxMessageBytes: 4))
    try server.receive(wireText("1234"))
    server.connection.setMaxMessageBytes(5)
    try server.receive(wireText("12345"))
    #expect(server.outcome == nil && server.message() == .text("1234") && server.message() == .text("12345"))
    try server.receive(wireText("123456"))
    #expect(try server.sent().getInteger(at: 2, as: UInt16.self) == 1009)
  }

  @Test("The end of the socket without a close frame is reported as 1006")
  func socketEnds() throws {
    let server = try Peer()
    server.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    #expect(!server.channel.isActive)
    #expect(server.outcome == .abnormal)
  }

  // MARK: - Clock

  @Test("The server pings by the clock, traffic or not")
  func serverPings() throws {
    let server = try Peer(.server, .init(pingInterval: .milliseconds(100), idleTimeout: .seconds(10)))
    server.advance(.milliseconds(99))
    #expect(try server.sent().readableBytes == 0)
    server.advance(.milliseconds(1))
    #expect(try server.sent() == wireFrame(9, isMasked: false))
    server.advance(.milliseconds(50))
    try server.receive(wireText("hi"))
    server.advance(.milliseconds(50))
    #expect(try server.sent() == wireFrame(9, isMasked: false))
  }

  @Test("A client pings only a silent server")
  func clientPings() throws {
    let client = try Peer(.client, .init(pingInterval: .milliseconds(100), idleTimeout: .seconds(10)))
    client.advance(.milliseconds(60))
    try client.receive(wireFrame(10, isMasked: false))
    client.advance(.milliseconds(60))
    #expect(try client.sentFrames() == [])
    client.advance(.milliseconds(40))
    #expect(try client.sentFrames() == [.ping(ByteBuffer())])
  }

  @Test("Silence is ended by 1001 after the idle timeout; a pong keeps the connection")
  func idle() throws {
    let server = try Peer(.server, .init(pingInterval: .seconds(30), idleTimeout: .seconds(60)))
    server.advance(.seconds(59))
    try server.receive(wireFrame(10))
    server.advance(.seconds(59))
    #expect(server.outcome == nil)
    _ = try server.sent()
    server.advance(.seconds(1))
    #expect(try server.sent().getInteger(at: 2, as: UInt16.self) == 1001)
    server.advance(.seconds(5))
    #expect(server.outcome?.code == .goingAway)
  }

  // MARK: - Bounds

  @Test("S32: a full queue closes with 1013, discards what waits and refuses the rest")
  func fullQueue() throws {
    let server = try Peer(.server, .init(maxQueueBytes: 1000))
    server.setWritable(false)
    let chunk = String(repeating: "x", count: 396)
    #expect(server.connection.send(text: chunk))
    #expect(server.connection.send(text: chunk))
    #expect(server.connection.queuedBytes == 800)
    #expect(!server.connection.send(text: chunk))
    #expect(!server.connection.send(text: "y"))
    #expect(server.connection.queuedBytes == 0)
    #expect(try server.sent().getInteger(at: 2, as: UInt16.self) == 1013)
    server.advance(.seconds(5))
    #expect(!server.channel.isActive)
    #expect(server.outcome?.code == .tryAgainLater)
  }

  @Test("A frame larger than the whole queue goes when nothing else waits")
  func largeFrame() throws {
    let server = try Peer(.server, .init(maxQueueBytes: 1000))
    server.setWritable(false)
    let large = String(repeating: "x", count: 70_000)
    #expect(server.connection.send(text: large))
    #expect(server.connection.queuedBytes == 70_010)
    server.setWritable(true)
    #expect(try server.sent() == wireText(large, isMasked: false))
    #expect(server.connection.queuedBytes == 0)
  }

  @Test("Pongs do not pile up before a full socket: only the latest is owed")
  func pongFlood() throws {
    let server = try Peer()
    server.setWritable(false)
    for number in UInt8(0)..<200 { try server.receive(wireFrame(9, [number])) }
    #expect(try server.sent().readableBytes == 0)
    server.setWritable(true)
    #expect(try server.sent() == wireFrame(10, [199], isMasked: false))
  }

  @Test("Reading stops at 64 waiting messages and goes on when half of them are taken; none is lost")
  func inboundBound() throws {
    let server = try Peer()
    let counter = ReadCounter()
    try server.channel.pipeline.syncOperations.addHandler(counter, position: .first)
    var burst = ByteBuffer()
    for number in 0..<200 { burst.writeImmutableBuffer(wireText("\(number)")) }
    try server.receive(burst)
    let before = counter.reads
    server.channel.read()
    #expect(counter.reads == before)
    // Silence proves nothing while reading is paused.
    server.advance(.seconds(120))
    #expect(server.outcome == nil)
    for number in 0..<200 { #expect(server.message() == .text("\(number)")) }
    #expect(server.message() == nil)
    #expect(counter.reads > before)
  }

  @Test("What was read before the socket ended is still delivered, beyond the bound of the inbox too")
  func endWhileStopped() throws {
    let server = try Peer()
    var burst = ByteBuffer()
    for number in 0..<100 { burst.writeImmutableBuffer(wireText("\(number)")) }
    burst.writeImmutableBuffer(wireFrame(8, closePayload(1000)))
    try server.receive(burst)
    server.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    for number in 0..<100 { #expect(server.message() == .text("\(number)")) }
    #expect(server.outcome?.code == .normal)
  }
}

private final class ReadCounter: ChannelOutboundHandler {
  typealias OutboundIn = ByteBuffer
  var reads = 0

  func read(context: ChannelHandlerContext) {
    reads += 1
    context.read()
  }
}
