import ClawWebSocket
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// What is to become of a request that asks for an upgrade to WebSocket.
enum UpgradeDecision: Sendable {
  case upgrade(WebSocketConfiguration)
  /// Answered with this, and the connection is closed.
  case refuse(status: HTTPResponse.Status, headers: HTTPFields = [:], body: String)
  /// An ordinary request for the HTTP responder; for example another path.
  case notWebSocket
}

/// The server's connections: HTTP/1.1 by Hummingbird's responder, and WebSocket where a request asks for it and
/// `decide` allows it, at any point of a kept-alive connection.
struct WebSocketUpgradeChannel: ServerChildChannel, HTTPChannelHandler {
  struct Configuration: Sendable {
    /// From the connection's start to the whole head of its first request.
    var requestTimeout: Duration = .seconds(15)
    /// How long a connection may be kept alive between two requests.
    var idleTimeout: Duration = .seconds(60)
    /// How long the peer of a refused request may take to close before the socket is dropped.
    var lingerTimeout: Duration = .seconds(1)
    /// Bound of one header field, and of the request line, in bytes.
    var maxHeaderFieldSize = 16 * 1024
    /// Bound of all header fields together, in bytes.
    var maxHeaderListSize = 32 * 1024
    /// Bound of the number of header fields.
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
      // A client that has sent its request may end its direction and wait for the answer.
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
    // The promise is kept by the gate and answered at the latest when the channel closes.
    switch try? await value.start.get() {
    case .http(let asyncChannel, let later):
      await serveHTTP(asyncChannel, later: later, logger: logger)
    case .webSocket(let upgraded):
      await run(upgraded, logger: logger)
    case .ended, nil:
      break
    }
  }

  /// The HTTP half ends with the connection, also after an upgrade, so the WebSocket runs beside it.
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

/// A connection after its upgrade, with the request that asked for it.
struct UpgradedConnection: Sendable {
  var connection: WebSocketConnection
  var request: HTTPRequestHead
}

/// What the first request of a connection made of it.
enum ConnectionStart: Sendable {
  /// HTTP; `later` gives the WebSocket if a later request upgrades, and nil at the end.
  case http(NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>, later: EventLoopFuture<UpgradedConnection?>)
  case webSocket(UpgradedConnection)
  /// Closed or refused before there was anything to handle.
  case ended
}
