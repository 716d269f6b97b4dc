import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket

/// The client's opening handshake: its pipeline, its timeout, and its error messages.
struct WebSocketHandshake: Sendable {
  var url: WebSocketURL
  var headers: [(String, String)]
  var configuration: WebSocketConfiguration
  var tls: NIOSSLContext?

  /// The server's response is not a valid 101.
  struct Refused: Error {
    var status: Int
  }

  struct TimedOut: Error {}

  /// A channel with an upgrade request in flight.
  struct Attempt: Sendable {
    var channel: any Channel
    var upgraded: EventLoopFuture<WebSocketConnection>

    /// Waits for the upgrade; on timeout or cancellation the channel is closed.
    func connection(within limit: Duration) async throws -> WebSocketConnection {
      let channel = channel
      let promise = channel.eventLoop.makePromise(of: WebSocketConnection.self)
      let timer = channel.eventLoop.scheduleTask(in: TimeAmount(limit)) {
        promise.fail(TimedOut())
        channel.close(promise: nil)
      }
      upgraded.whenComplete { result in
        timer.cancel()
        promise.completeWith(result)
      }
      do {
        return try await withTaskCancellationHandler {
          try await promise.futureResult.get()
        } onCancel: {
          channel.close(promise: nil)
        }
      } catch {
        channel.close(promise: nil)
        throw error
      }
    }
  }

  /// Sets up the pipeline of a new channel; call it on its event loop.
  func prepare(_ channel: any Channel) throws -> Attempt {
    let pipeline = channel.pipeline.syncOperations
    if let tls {
      try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: serverName))
    }
    let configuration = configuration
    let upgrader = NIOTypedWebSocketClientUpgrader<WebSocketConnection> { channel, response in
      channel.eventLoop.makeCompletedFuture {
        // We offered neither; a server that selects one anyway violates RFC 6455 section 4.1.
        guard !response.headers.contains(name: "sec-websocket-extensions"),
          !response.headers.contains(name: "sec-websocket-protocol")
        else { throw Refused(status: 101) }
        return try WebSocketInstaller.install(on: channel, role: .client, configuration: configuration)
      }
    }
    let status = NIOLoopBoundBox(0, eventLoop: channel.eventLoop)
    var upgrade = NIOTypedHTTPClientUpgradeConfiguration(
      upgradeRequestHead: requestHead, upgraders: [upgrader],
      notUpgradingCompletionHandler: { channel in
        channel.eventLoop.makeFailedFuture(Refused(status: status.value))
      })
    upgrade.upgradeRequestHead.headers.add(contentsOf: HTTPHeaders(headers))
    var http = NIOUpgradableHTTPClientPipelineConfiguration(upgradeConfiguration: upgrade)
    // A server may send first, and its frames then follow the 101 directly.
    http.leftOverBytesStrategy = .forwardBytes
    let upgraded = try pipeline.configureUpgradableHTTPClientPipeline(configuration: http)
    let recorder = WebSocketStatusRecorder(status: status)
    let handler = try pipeline.handler(type: NIOTypedHTTPClientUpgradeHandler<WebSocketConnection>.self)
    try pipeline.addHandler(recorder, position: .before(handler))
    return Attempt(channel: channel, upgraded: upgraded)
  }

  private var requestHead: HTTPRequestHead {
    HTTPRequestHead(version: .http1_1, method: .GET, uri: url.target, headers: ["Host": url.authority])
  }

  /// The name for SNI and certificate verification; an IP address is verified without it.
  private var serverName: String? {
    (try? SocketAddress(ipAddress: url.host, port: 0)) == nil ? url.host : nil
  }

  // MARK: - Errors

  static func explain(_ error: any Error, url: WebSocketURL) -> WebSocketClientError {
    switch error {
    case is NIOHTTPClientUpgradeError:
      return explain(Refused(status: 101), url: url)
    case let refused as Refused where refused.status == 101:
      return WebSocketClientError(
        code: .upgradeRefused(status: 101),
        message: "\(url.description) answered the upgrade with a faulty 101; it may not be a WebSocket address.")
    case let refused as Refused:
      return WebSocketClientError(
        code: .upgradeRefused(status: refused.status),
        message: "\(url.description) refused the WebSocket upgrade with HTTP status \(refused.status); "
          + "check the path and the credentials.")
    case is TimedOut, ChannelError.connectTimeout:
      return timeout(url)
    case let failure as NIOConnectionError where failure.connectionErrors.contains(where: isTimeout):
      return timeout(url)
    case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError:
      return WebSocketClientError(
        code: .tls, message: "TLS with \(url.authority) failed (\(error)); check its certificate and the port.")
    case ChannelError.inappropriateOperationForState:
      // NIO's upgrade handler throws this if the channel closes before the response.
      return WebSocketClientError(
        code: .connectFailed,
        message: "\(url.authority) closed the connection during the handshake; check that it speaks WebSocket.")
    default:
      let reason = ConnectProblem.reason(error) ?? "the connection failed"
      return WebSocketClientError(code: .connectFailed, message: "no connection to \(url.authority): \(reason)")
    }
  }

  private static func timeout(_ url: WebSocketURL) -> WebSocketClientError {
    WebSocketClientError(
      code: .timeout, message: "\(url.authority) did not answer in time; check the address and the network.")
  }

  private static func isTimeout(_ failure: SingleConnectionFailure) -> Bool {
    if case ChannelError.connectTimeout = failure.error { true } else { false }
  }
}

/// Records the status of the response, which NIO's upgrade handler does not expose.
final class WebSocketStatusRecorder: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias InboundOut = HTTPClientResponsePart

  private let status: NIOLoopBoundBox<Int>

  init(status: NIOLoopBoundBox<Int>) {
    self.status = status
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .head(let head) = Self.unwrapInboundIn(data) else { return context.fireChannelRead(data) }
    status.value = Int(head.status.code)
    context.fireChannelRead(data)
    // After the upgrade, the bytes that pass here are not HTTP.
    if head.status == .switchingProtocols { context.pipeline.syncOperations.removeHandler(self, promise: nil) }
  }
}
