import HummingbirdCore
import Logging
import NIOCore
import NIOPosix

/// Accepts connections and serves each in a task of its own. Hummingbird's server would stop at the start of a graceful
/// shutdown; here connections stay served until the engine has drained.
struct Listener<Child: ServerChildChannel>: Sendable {
  let child: Child
  let logger: Logger
  let sockets: SocketTable
  private let server: NIOAsyncChannel<Child.Value, Never>

  /// Binds; from now on connections are queued by the system.
  /// - Parameter proxies: Their connections are counted by the client address that they forward.
  init(
    child: Child, host: String, port: Int, sockets: SocketTable, proxies: TrustedProxies, logger: Logger
  ) async throws {
    self.child = child
    self.logger = logger
    self.sockets = sockets
    server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.backlog, value: 1024)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .serverChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(AcceptErrorHandler(logger: logger))
        }
      }
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .bind(host: host, port: port) { channel in
        do {
          let entry = SocketEntryHandler(sockets: sockets, proxies: proxies)
          try channel.pipeline.syncOperations.addHandler(entry)
        } catch {
          return channel.eventLoop.makeFailedFuture(error)
        }
        return child.setup(channel: channel, logger: logger)
      }
  }

  /// The bound port.
  var port: Int { server.channel.localAddress?.port ?? 0 }

  /// Accepts until ``stopAccepting()`` or cancellation, then ends the remaining connections.
  func run() async {
    await withTaskCancellationHandler {
      await withDiscardingTaskGroup { group in
        do {
          try await server.executeThenClose { inbound in
            for try await value in inbound {
              group.addTask { await child.handle(value: value, logger: logger) }
            }
          }
        } catch {
          if !Task.isCancelled { logger.error("accepting failed", metadata: ["error": "\(error)"]) }
        }
        group.cancelAll()
        sockets.closeAll()
      }
    } onCancel: {
      stopAccepting()
      sockets.closeAll()
    }
  }

  func stopAccepting() {
    server.channel.close(promise: nil)
  }
}
