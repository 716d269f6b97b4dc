import NIOCore
import NIOPosix
import Testing

/// A TCP connection at the byte level, for invalid requests.
final class RawSocket: Sendable {
  private let channel: any Channel
  private let bytes: AsyncStream<UInt8>

  private init(channel: any Channel, bytes: AsyncStream<UInt8>) {
    self.channel = channel
    self.bytes = bytes
  }

  static func connect(_ gateway: TestGateway) async throws -> RawSocket {
    let (stream, continuation) = AsyncStream.makeStream(of: UInt8.self)
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(Reader(continuation))
        }
      }
      .connect(host: "127.0.0.1", port: gateway.port).get()
    return RawSocket(channel: channel, bytes: stream)
  }

  /// Sends a request on a new connection and reads until the server closes.
  static func exchange(_ gateway: TestGateway, _ request: String) async throws -> String {
    let socket = try await connect(gateway)
    try await socket.send(request)
    return await socket.rest()
  }

  func send(_ text: String) async throws {
    // The server may have closed after rejecting earlier input.
    try? await channel.writeAndFlush(ByteBuffer(string: text)).get()
  }

  /// Half-closes the connection.
  func endOutput() async throws { try await channel.close(mode: .output).get() }

  func drop() async throws { try await channel.close().get() }

  /// Reads up to and including `end`, or until the server closes.
  func until(_ end: String) async -> String {
    var seen: [UInt8] = []
    for await byte in bytes {
      seen.append(byte)
      if seen.count >= end.utf8.count, seen.suffix(end.utf8.count).elementsEqual(end.utf8) { break }
    }
    return String(decoding: seen, as: UTF8.self)
  }

  /// Reads until the server closes.
  func rest() async -> String {
    var seen: [UInt8] = []
    for await byte in bytes { seen.append(byte) }
    return String(decoding: seen, as: UTF8.self)
  }

  private final class Reader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let continuation: AsyncStream<UInt8>.Continuation

    init(_ continuation: AsyncStream<UInt8>.Continuation) { self.continuation = continuation }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      for byte in Self.unwrapInboundIn(data).readableBytesView { continuation.yield(byte) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelInactive(context: ChannelHandlerContext) { continuation.finish() }
  }
}
