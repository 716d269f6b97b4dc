import NIOCore
import NIOHTTP1
import NIOWebSocket

/// Server side of WebSocket connections.
public enum WebSocketServer {
  /// Turns a channel whose upgrade has been answered into a WebSocket connection.
  ///
  /// Call it on the channel's event loop, with the HTTP handlers removed or about to be. It can be used as NIO's
  /// `upgradePipelineHandler`: the frame codecs that NIO's upgraders add to the pipeline are bypassed.
  /// - Parameter neighbour: A handler that stays in the pipeline behind the connection, if there is one.
  public static func install(
    on channel: any Channel, configuration: WebSocketConfiguration, before neighbour: (any ChannelHandler)? = nil
  ) -> EventLoopFuture<WebSocketConnection> {
    channel.eventLoop.makeCompletedFuture {
      try WebSocketInstaller.install(on: channel, role: .server, configuration: configuration, before: neighbour)
    }
  }

  /// Makes a new channel use small read buffers: a channel keeps its last read buffer, so with many idle connections
  /// the size matters. Call it on the event loop before the first read. Ignored by transports without the option.
  public static func keepReadBuffersSmall(on channel: any Channel) {
    try? channel.syncOptions?.setOption(
      .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 512, maximum: 8 * 1024))
  }

  /// The header fields of the 101 response to a request that passed ``problem(with:)``.
  public static func acceptHeaders(
    for request: HTTPRequestHead, on channel: any Channel
  ) -> EventLoopFuture<HTTPHeaders> {
    let upgrader = NIOWebSocketServerUpgrader(
      shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture([:]) },
      upgradePipelineHandler: { channel, _ in channel.eventLoop.makeSucceededVoidFuture() })
    return upgrader.buildUpgradeResponse(channel: channel, upgradeRequest: request, initialResponseHeaders: [:])
  }

  /// Whether a request asks for an upgrade to WebSocket.
  public static func isUpgrade(_ request: HTTPRequestHead) -> Bool {
    request.headers[canonicalForm: "upgrade"].contains { $0.lowercased() == "websocket" }
      && request.headers[canonicalForm: "connection"].contains { $0.lowercased() == "upgrade" }
  }

  /// How an upgrade request violates RFC 6455 section 4.2.1; nil if it is valid.
  public static func problem(with request: HTTPRequestHead) -> WebSocketUpgradeProblem? {
    guard request.method == .GET, request.version.minor >= 1 else { return .badRequest("needs GET over HTTP/1.1") }
    let versions = request.headers["sec-websocket-version"]
    guard versions.count == 1, versions[0] == "13" else { return .wrongVersion }
    let keys = request.headers["sec-websocket-key"]
    // 16 bytes are 24 characters in base64, the last two of which are padding.
    guard keys.count == 1, keys[0].utf8.count == 24, keys[0].utf8.suffix(2).elementsEqual("==".utf8) else {
      return .badRequest("Sec-WebSocket-Key is missing or malformed")
    }
    let hasBody =
      request.headers.contains(name: "transfer-encoding")
      || (request.headers.first(name: "content-length") ?? "0") != "0"
    return hasBody ? .badRequest("an upgrade request has no body") : nil
  }
}

/// Why an upgrade request is rejected.
public enum WebSocketUpgradeProblem: Sendable, Hashable {
  /// Answer with 426 and `Sec-WebSocket-Version: 13`.
  case wrongVersion
  /// Answer with 400; the text describes the problem.
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
      // NIO's encoder can't be removed, but writes in front of it bypass it.
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
