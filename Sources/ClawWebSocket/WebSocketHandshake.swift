import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket

/// The client's opening handshake: the pipeline for it, the wait for it, and its errors in words.
struct WebSocketHandshake: Sendable {
  var url: WebSocketURL
  var headers: [(String, String)]
  var configuration: WebSocketConfiguration
  var tls: NIOSSLContext?

  /// The server gave another answer than a proper 101.
  struct Refused: Error {
    var status: Int
  }

  struct TimedOut: Error {}

  /// A channel on which the upgrade request is under way.
  struct Attempt: Sendable {
    var channel: any Channel
    var upgraded: EventLoopFuture<WebSocketConnection>

    /// Waits for the upgrade; when the time is up or the task is cancelled the channel is closed.
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

  /// Fills the pipeline of a new channel; to be called on its event loop.
  func prepare(_ channel: any Channel) throws -> Attempt {
    let pipeline = channel.pipeline.syncOperations
    if let tls {
      try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: serverName))
    }
    let configuration = configuration
    let upgrader = NIOTypedWebSocketClientUpgrader<WebSocketConnection> { channel, response in
      channel.eventLoop.makeCompletedFuture {
        // We offered neither; a server that picks one anyway speaks something else (RFC 6455 section 4.1).
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
    // A server may speak first, and its frames then come right behind the 101.
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

  /// The name for SNI and the certificate check; an IP address is checked against the certificate without it.
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
      // What NIO's upgrade handler says when the channel goes away before the answer.
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

/// Notes the status of the answer, which NIO's upgrade handler keeps to itself.
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
    // After the upgrade bytes will pass here which are no HTTP.
    if head.status == .switchingProtocols { context.pipeline.syncOperations.removeHandler(self, promise: nil) }
  }
}
