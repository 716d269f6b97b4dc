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
  ///   - eventLoopGroup: Runs the connections; not shut down by this type.
  ///   - tls: TLS settings for `wss:`; by default the system's trust roots and full verification.
  public init(
    eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
    tls: TLSConfiguration = .makeClientConfiguration()
  ) {
    self.eventLoopGroup = eventLoopGroup
    self.tls = tls
  }

  /// Connects and upgrades to WebSocket.
  /// - Parameters:
  ///   - url: `ws://host[:port][/path][?query]` or `wss://…`.
  ///   - headers: Sent with the upgrade request, for example `Authorization` or `Origin`.
  ///   - connectTimeout: Covers everything until the upgrade is complete.
  public func connect(
    url: String, headers: [(String, String)] = [], configuration: WebSocketConfiguration = .init(),
    connectTimeout: Duration = .seconds(10)
  ) async throws(WebSocketClientError) -> WebSocketConnection {
    let target = try WebSocketURL(url)
    let deadline = ContinuousClock.now + connectTimeout
    do {
      let handshake = WebSocketHandshake(
        url: target, headers: headers, configuration: configuration,
        tls: try await tlsContext(for: target, within: connectTimeout))
      let attempt = try await connect(to: target, within: deadline - .now, handshake)
      return try await attempt.connection(within: deadline - .now)
    } catch let error as WebSocketClientError {
      throw error
    } catch {
      throw WebSocketHandshake.explain(error, url: target)
    }
  }

  private func connect(
    to url: WebSocketURL, within limit: Duration, _ handshake: WebSocketHandshake
  ) async throws -> WebSocketHandshake.Attempt {
    let bootstrap = ClientBootstrap(group: eventLoopGroup)
      .connectTimeout(TimeAmount(max(limit, .zero)))
      .channelOption(ChannelOptions.socketOption(.tcp_nodelay), value: 1)
    // Name resolution blocks a system thread; a numeric address needs none.
    if let address = try? SocketAddress(ipAddress: url.host, port: url.port) {
      return try await bootstrap.connect(to: address) { channel in
        channel.eventLoop.makeCompletedFuture { try handshake.prepare(channel) }
      }
    }
    return try await bootstrap.connect(host: url.host, port: url.port) { channel in
      channel.eventLoop.makeCompletedFuture { try handshake.prepare(channel) }
    }
  }

  /// For reading trust roots. Not the process-wide thread pool, since blocking its threads would stall other
  /// connections.
  private static let reader: NIOThreadPool = {
    let pool = NIOThreadPool(numberOfThreads: 1)
    pool.start()
    return pool
  }()

  /// Reads the trust roots from disk, outside of the cooperative pool; subject to the same timeout.
  private func tlsContext(for url: WebSocketURL, within limit: Duration) async throws -> NIOSSLContext? {
    guard url.isSecure else { return nil }
    let (tls, loop) = (tls, eventLoopGroup.next())
    let made = loop.makePromise(of: NIOSSLContext.self)
    let timer = loop.scheduleTask(in: TimeAmount(limit)) { made.fail(WebSocketHandshake.TimedOut()) }
    Self.reader.runIfActive(eventLoop: loop) { try NIOSSLContext(configuration: tls) }.whenComplete { result in
      timer.cancel()
      made.completeWith(result)
    }
    do {
      return try await made.futureResult.get()
    } catch let error as WebSocketHandshake.TimedOut {
      throw error
    } catch {
      throw WebSocketClientError(code: .tls, message: "TLS cannot be set up: \(error). Check the trust roots.")
    }
  }
}
