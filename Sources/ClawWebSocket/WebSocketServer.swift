import NIOCore
import NIOHTTP1
import NIOWebSocket

/// The server's end of WebSocket connections.
public enum WebSocketServer {
  /// Makes a channel on which the upgrade has been answered a WebSocket connection.
  ///
  /// To be called on the channel's event loop, with the HTTP handlers gone or about to be removed. It also fits NIO's
  /// `upgradePipelineHandler`: the frame codecs which NIO's upgraders put into the pipeline are bypassed.
  /// - Parameter neighbour: a handler that stays in the pipeline behind the connection, if there is one.
  public static func install(
    on channel: any Channel, configuration: WebSocketConfiguration, before neighbour: (any ChannelHandler)? = nil
  ) -> EventLoopFuture<WebSocketConnection> {
    channel.eventLoop.makeCompletedFuture {
      try WebSocketInstaller.install(on: channel, role: .server, configuration: configuration, before: neighbour)
    }
  }

  /// Makes a new channel read into small buffers: a channel keeps the buffer it has read into, so with many idle
  /// connections its size counts. To be called on the event loop before the first read. A transport that does not
  /// know the option keeps its own way.
  public static func keepReadBuffersSmall(on channel: any Channel) {
    try? channel.syncOptions?.setOption(
      .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 512, maximum: 8 * 1024))
  }

  /// The header fields of the 101 answer to a request that passed ``problem(with:)``.
  public static func acceptHeaders(
    for request: HTTPRequestHead, on channel: any Channel
  ) -> EventLoopFuture<HTTPHeaders> {
    let upgrader = NIOWebSocketServerUpgrader(
      shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture([:]) },
      upgradePipelineHandler: { channel, _ in channel.eventLoop.makeSucceededVoidFuture() })
    return upgrader.buildUpgradeResponse(channel: channel, upgradeRequest: request, initialResponseHeaders: [:])
  }

  /// Whether a request asks for an upgrade to WebSocket at all.
  public static func isUpgrade(_ request: HTTPRequestHead) -> Bool {
    request.headers[canonicalForm: "upgrade"].contains { $0.lowercased() == "websocket" }
      && request.headers[canonicalForm: "connection"].contains { $0.lowercased() == "upgrade" }
  }

  /// What is wrong with an upgrade request by RFC 6455 section 4.2.1; nil if nothing is.
  public static func problem(with request: HTTPRequestHead) -> WebSocketUpgradeProblem? {
    guard request.method == .GET, request.version.minor >= 1 else { return .badRequest("needs GET over HTTP/1.1") }
    let versions = request.headers["sec-websocket-version"]
    guard versions.count == 1, versions[0] == "13" else { return .wrongVersion }
    let keys = request.headers["sec-websocket-key"]
    // 16 bytes in base64 are 24 characters, the last two of them padding.
    guard keys.count == 1, keys[0].utf8.count == 24, keys[0].utf8.suffix(2).elementsEqual("==".utf8) else {
      return .badRequest("Sec-WebSocket-Key is missing or malformed")
    }
    let hasBody =
      request.headers.contains(name: "transfer-encoding")
      || (request.headers.first(name: "content-length") ?? "0") != "0"
    return hasBody ? .badRequest("an upgrade request has no body") : nil
  }
}

/// Why an upgrade request cannot be honoured.
public enum WebSocketUpgradeProblem: Sendable, Hashable {
  /// To be answered with 426 and `Sec-WebSocket-Version: 13`.
  case wrongVersion
  /// To be answered with 400; the text says what is wrong.
  case badRequest(String)
}

enum WebSocketInstaller {
  static func install(
    on channel: any Channel, role: WebSocketRole, configuration: WebSocketConfiguration,
    before neighbour: (any ChannelHandler)? = nil
  ) throws -> WebSocketConnection {
    let connection = WebSocketConnection(channel: channel, role: role, configuration: configuration)
    let handler = WebSocketHandler(connection: connection, role: role)
    let pipeline = channel.pipeline.syncOperations
    if let neighbour {
      try pipeline.addHandler(handler, position: .before(neighbour))
    } else if let encoder = try? pipeline.handler(type: WebSocketFrameEncoder.self) {
      // NIO's encoder cannot be removed, but in front of it our bytes do not pass it.
      try pipeline.addHandler(handler, position: .before(encoder))
      if let decoder = try? pipeline.context(handlerType: ByteToMessageHandler<WebSocketFrameDecoder>.self) {
        pipeline.removeHandler(context: decoder, promise: nil)
      }
    } else {
      try pipeline.addHandler(handler)
    }
    return connection
  }
}
