import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket

/// Opens WebSocket connections.
public struct WebSocketClient: Sendable {
  private let eventLoopGroup: any EventLoopGroup
  private let tls: TLSConfiguration

  /// - Parameters:
  ///   - eventLoopGroup: where the connections live; not shut down by this type.
  ///   - tls: the rules for `wss:`; by default the system's trust roots and full verification.
  public init(
    eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
    tls: TLSConfiguration = .makeClientConfiguration()
  ) {
    self.eventLoopGroup = eventLoopGroup
    self.tls = tls
  }

  /// Connects, and upgrades to WebSocket.
  /// - Parameters:
  ///   - url: `ws://host[:port][/path][?query]` or `wss://…`.
  ///   - headers: sent with the upgrade request, for example `Authorization` or `Origin`.
  ///   - connectTimeout: for everything until the upgrade is through.
  public func connect(
    url: String, headers: [(String, String)] = [], configuration: WebSocketConfiguration = .init(),
    connectTimeout: Duration = .seconds(10)
  ) async throws(WebSocketClientError) -> WebSocketConnection {
    let target = try WebSocketURL(url)
    let deadline = ContinuousClock.now + connectTimeout
    let handshake = WebSocketHandshake(
      url: target, headers: headers, configuration: configuration, tls: try await tlsContext(for: target))
    do {
      let attempt = try await ClientBootstrap(group: eventLoopGroup)
        .connectTimeout(TimeAmount(connectTimeout))
        .channelOption(ChannelOptions.socketOption(.tcp_nodelay), value: 1)
        .connect(host: target.host, port: target.port) { channel in
          channel.eventLoop.makeCompletedFuture { try handshake.prepare(channel) }
        }
      return try await attempt.connection(within: deadline - .now)
    } catch {
      throw WebSocketHandshake.explain(error, url: target)
    }
  }

  /// Reads the trust roots from disk, so not on the pool of the tasks.
  private func tlsContext(for url: WebSocketURL) async throws(WebSocketClientError) -> NIOSSLContext? {
    guard url.isSecure else { return nil }
    let tls = tls
    do {
      return try await NIOThreadPool.singleton.runIfActive { try NIOSSLContext(configuration: tls) }
    } catch {
      throw WebSocketClientError(code: .tls, message: "TLS cannot be set up: \(error). Check the trust roots.")
    }
  }
}
