import ClawWebSocket
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// The decision on an upgrade request.
enum UpgradeDecision: Sendable {
  case upgrade(WebSocketConfiguration)
  /// Responds with this and closes the connection.
  case refuse(status: HTTPResponse.Status, headers: HTTPFields = [:], body: String)
  /// An ordinary request for the HTTP responder; for example, with another path.
  case notWebSocket
}

/// The server's connections: HTTP/1.1 with Hummingbird's responder, and WebSocket if a request asks for it and `decide`
/// allows it, at any point of a keep-alive connection.
struct WebSocketUpgradeChannel: ServerChildChannel, HTTPChannelHandler {
  struct Configuration: Sendable {
    /// From the start of the connection to the complete head of its first request.
    var requestTimeout: Duration = .seconds(15)
    /// Keep-alive time between two requests.
    var idleTimeout: Duration = .seconds(60)
    /// How long the peer of a rejected request may take to close before the socket is closed.
    var lingerTimeout: Duration = .seconds(1)
    /// Size limit of one header field, and of the request line, in bytes.
    var maxHeaderFieldSize = 16 * 1024
    /// Size limit of all header fields together, in bytes.
    var maxHeaderListSize = 32 * 1024
    /// Maximum number of header fields.
    var maxHeaderFieldCount = 100
  }

  typealias Decide = @Sendable (HTTPRequestHead, any Channel) -> UpgradeDecision
  /// Runs in the connection's task; the connection is closed when it returns.
  typealias Handle = @Sendable (WebSocketConnection, HTTPRequestHead, Logger) async -> Void

  /// A connection whose first request is still awaited.
  struct Value: ServerChildChannelValue {
    let channel: any Channel
    let start: EventLoopFuture<ConnectionStart>
  }

  let responder: HTTPChannelHandler.Responder
  let configuration: Configuration
  let decide: Decide
  let handleWebSocket: Handle

  init(
    responder: @escaping HTTPChannelHandler.Responder, configuration: Configuration = Configuration(),
    decide: @escaping Decide, handle: @escaping Handle
  ) {
    self.responder = responder
    self.configuration = configuration
    self.decide = decide
    handleWebSocket = handle
  }

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    channel.eventLoop.makeCompletedFuture {
      WebSocketServer.keepReadBuffersSmall(on: channel)
      // A client that has sent its request may half-close the connection and wait for the response.
      try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
      var limits = NIOHTTPDecoderLimitConfiguration()
      limits.maxHeaderFieldSize = configuration.maxHeaderFieldSize
      limits.maxHeaderListSize = configuration.maxHeaderListSize
      limits.maxHeaderFieldCount = configuration.maxHeaderFieldCount
      let encoder = HTTPResponseEncoder()
      let decoder = ByteToMessageHandler(
        HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits))
      let bytes = RequestHeadBytes(limit: configuration.maxHeaderFieldSize + configuration.maxHeaderListSize)
      let rules = HTTP1RulesHandler(bytes: bytes)
      let start = channel.eventLoop.makePromise(of: ConnectionStart.self)
      let gate = UpgradeGateHandler(
        httpHandlers: [encoder, rules, bytes, decoder], configuration: configuration, decide: decide, start: start,
        logger: logger)
      try channel.pipeline.syncOperations.addHandlers([encoder, bytes, decoder, rules, gate])
      return Value(channel: channel, start: start.futureResult)
    }
  }

  func handle(value: Value, logger: Logger) async {
    // The gate completes the promise, at the latest when the channel closes.
    switch try? await value.start.get() {
    case .http(let asyncChannel, let later):
      await serveHTTP(asyncChannel, later: later, logger: logger)
    case .webSocket(let upgraded):
      await run(upgraded, logger: logger)
    case .ended, nil:
      break
    }
  }

  /// The HTTP part ends with the connection, even after an upgrade, so the WebSocket runs concurrently.
  private func serveHTTP(
    _ channel: NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>, later: EventLoopFuture<UpgradedConnection?>,
    logger: Logger
  ) async {
    await withDiscardingTaskGroup { group in
      group.addTask { await handleHTTP(asyncChannel: channel, logger: logger) }
      if let upgraded = try? await later.get() { await run(upgraded, logger: logger) }
    }
  }

  private func run(_ upgraded: UpgradedConnection, logger: Logger) async {
    await handleWebSocket(upgraded.connection, upgraded.request, logger)
    upgraded.connection.close(code: .normal)
    _ = await upgraded.connection.closed()
  }
}

/// An upgraded connection, with its upgrade request.
struct UpgradedConnection: Sendable {
  var connection: WebSocketConnection
  var request: HTTPRequestHead
}

/// The protocol that the first request of a connection selected.
enum ConnectionStart: Sendable {
  /// HTTP; `later` yields the WebSocket if a later request upgrades, and nil at the end.
  case http(NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>, later: EventLoopFuture<UpgradedConnection?>)
  case webSocket(UpgradedConnection)
  /// Closed or rejected before there was anything to handle.
  case ended
}
