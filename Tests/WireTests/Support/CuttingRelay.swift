import NIOCore
import NIOPosix
import Synchronization

/// A relay in front of a gateway, which cuts connections on request.
final class CuttingRelay: Sendable {
  private struct State {
    var channels: [any Channel] = []
    /// Drops the gateway's next bytes, and the connection.
    var losesNextAnswer = false
    var accepted = 0
  }

  private let state = Mutex(State())
  private let listener: any Channel

  var port: Int { listener.localAddress?.port ?? 0 }
  /// Connections so far.
  var accepted: Int { state.withLock { $0.accepted } }

  private init(listener: any Channel) {
    self.listener = listener
  }

  /// Runs the body with a relay to this port.
  static func run<Value>(to port: Int, _ body: (CuttingRelay) async throws -> Value) async throws -> Value {
    let box = Mutex<CuttingRelay?>(nil)
    let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelOption(.autoRead, value: false)
      .childChannelInitializer { client in
        let relay = box.withLock { $0 }
        return ClientBootstrap(group: client.eventLoop)
          .connect(host: "127.0.0.1", port: port)
          .flatMapThrowing { gateway in
            try client.pipeline.syncOperations.addHandler(Forwarder(to: gateway, relay: nil))
            try gateway.pipeline.syncOperations.addHandler(Forwarder(to: client, relay: relay))
            relay?.state.withLock {
              $0.channels += [client, gateway]
              $0.accepted += 1
            }
          }
          .flatMap { client.setOption(.autoRead, value: true) }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    let relay = CuttingRelay(listener: listener)
    box.withLock { $0 = relay }
    defer {
      listener.close(promise: nil)
      relay.cut()
    }
    return try await body(relay)
  }

  /// Cuts all connections.
  func cut() {
    let channels = state.withLock { state in
      defer { state.channels = [] }
      return state.channels
    }
    for channel in channels { channel.close(promise: nil) }
  }

  /// Drops the gateway's next response, and cuts the connection.
  func loseNextAnswer() { state.withLock { $0.losesNextAnswer = true } }

  private func loses() -> Bool {
    state.withLock { state in
      defer { state.losesNextAnswer = false }
      return state.losesNextAnswer
    }
  }

  private final class Forwarder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let other: any Channel
    /// Asked before the gateway's data is forwarded.
    private let relay: CuttingRelay?

    init(to other: any Channel, relay: CuttingRelay?) {
      self.other = other
      self.relay = relay
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      if relay?.loses() == true {
        context.close(promise: nil)
      } else {
        other.writeAndFlush(unwrapInboundIn(data), promise: nil)
      }
    }

    func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
  }
}
