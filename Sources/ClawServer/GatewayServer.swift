import ClawCore
import ClawJSON
import ClawProtocol
import ClawWebSocket
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle

/// The gateway's listener: HTTP routes and WebSocket sessions on one port.
///
/// On graceful shutdown connections are notified (event `shutdown`) and stay served while the engine drains; then the
/// sockets are closed with 1001, and `run()` returns within the close timeout. Cancelling `run()` ends everything at
/// once.
public final class GatewayServer: Service {
  private let gateway: GatewayContext
  private let logger: Logger
  private let onListening: @Sendable (_ port: Int) async -> Void
  /// HTTP requests and WebSocket sessions in progress.
  private let activity = ActivityCounter()

  /// - Parameter onListening: Called once with the bound port, when connections are accepted.
  public init(
    configuration: ServerConfiguration, services: ServerServices, time: TimeSource, logger: Logger,
    onListening: @escaping @Sendable (_ port: Int) async -> Void
  ) {
    gateway = GatewayContext(configuration: configuration, services: services, time: time, logger: logger)
    self.logger = logger
    self.onListening = onListening
  }

  /// The HTTP routes.
  public var routes: [RouteDescription] { gateway.routes.map(RouteDescription.init) }

  /// Listens and serves until shutdown.
  /// - Throws: If the address can't be bound.
  public func run() async throws {
    let configuration = gateway.configuration
    // The gateway's own origins include the port, which is known only once it is bound.
    let entrance = HandlerSlot()
    let listener = try await Listener(
      child: connections(entrance), host: configuration.host, port: configuration.port, sockets: gateway.sockets,
      proxies: configuration.trustedProxies, logger: logger)
    entrance.open(handlers(port: listener.port))
    await withDiscardingTaskGroup { group in
      group.addTask {
        await self.onListening(listener.port)
        guard (try? await gracefulShutdown()) != nil, !Task.isCancelled else { return }
        await self.leave()
        listener.stopAccepting()
      }
      group.addTask { await self.gateway.credentials.run(self.logger) }
      await listener.run()
      group.cancelAll()
    }
    try Task.checkCancellation()
  }

  // MARK: - Serving

  private func connections(_ entrance: HandlerSlot) -> WebSocketUpgradeChannel {
    WebSocketUpgradeChannel(
      responder: { request, writer, channel in
        guard let handlers = entrance.handlers else { throw HTTPConnectionEnd() }
        try await handlers.responder.respond(request, writer, channel)
      },
      decide: { head, _ in
        guard let handlers = entrance.handlers else {
          return .refuse(status: .serviceUnavailable, body: "the gateway is starting; try again")
        }
        return handlers.upgrades.decide(head)
      },
      handle: { connection, head, logger in
        let session = self.begin(connection, head, logger)
        await session.run()
        session.connection.close(code: .normal)
        self.end(session, await session.connection.closed())
      })
  }

  private func handlers(port: Int) -> HandlerSlot.Handlers {
    let configuration = gateway.configuration
    let origins = OriginPolicy(
      publicURL: configuration.publicURL, allowed: configuration.allowedOrigins, host: configuration.host,
      port: port)
    let responder = HTTPResponder(
      gateway: gateway, router: HTTPRouter(gateway.routes), crossOrigin: CrossOrigin(policy: origins),
      activity: activity,
      logger: logger)
    let upgrades = UpgradePolicy(origins: origins, configuration: configuration, time: gateway.time, logger: logger)
    return HandlerSlot.Handlers(responder: responder, upgrades: upgrades)
  }

  // Not inlined into the task that lives as long as the connection, which would keep this stack space.

  @inline(never)
  private func begin(_ connection: WebSocketConnection, _ head: HTTPRequestHead, _ logger: Logger) -> WebSocketSession {
    activity.begin()
    let remote = gateway.configuration.trustedProxies.client(
      of: NetworkAddress(connection.remoteAddress), forwarded: head.headers[TrustedProxies.header])
    gateway.sockets.place(connection.channel, at: remote)
    let id = gateway.connections.add(connection)
    var logger = logger
    logger[metadataKey: "connection"] = "\(id.text)"
    logger.debug("connection opened")
    let session = WebSocketSession(gateway: gateway, connection: connection, id: id, remote: remote, logger: logger)
    ConnectionDeadline.watch(session)
    return session
  }

  @inline(never)
  private func end(_ session: WebSocketSession, _ close: WebSocketClose) {
    session.setDeadline(nil)
    session.logger.debug("connection closed", metadata: ["code": "\(close.code)"])
    gateway.connections.remove(session.id)
    activity.end()
  }

  // MARK: - Shutdown

  private func leave() async {
    logger.info("shutting down")
    // The order matters: nothing is accepted any more on a connection that was notified.
    gateway.services.stopAccepting()
    announceShutdown()
    await gateway.services.drain()
    gateway.drained.make()
    // The runs have ended; calls waiting for one get their answer before the socket closes.
    _ = try? await within(gateway.configuration.timing.closeTimeout) { await self.gateway.answers.idle() }
    for connection in gateway.connections.all { connection.close(code: .goingAway, reason: "shutting down") }
    _ = try? await within(gateway.configuration.timing.closeTimeout) { await self.activity.idle() }
  }

  private func announceShutdown() {
    let payload = ShutdownPayload(
      reason: "the gateway is being restarted or stopped",
      restartExpectedMs: gateway.configuration.timing.restartExpected.milliseconds)
    guard let payload = try? JSONValue(encoding: payload),
      let frame = try? ServerFrame.event(name: EventName.shutdown, payload: payload, seq: nil).json
    else { return }
    let bytes = ByteBuffer(bytes: frame.serialized())
    for connection in gateway.connections.all { connection.send(text: bytes) }
  }
}
