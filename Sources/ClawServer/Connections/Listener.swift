import HummingbirdCore
import Logging
import NIOCore
import NIOPosix

/// Accepts connections and serves each in a task of its own. Hummingbird's own server would stop at the first sign
/// of a shutdown; here connections stay served until the engine has drained.
struct Listener<Child: ServerChildChannel>: Sendable {
  let child: Child
  let logger: Logger
  let channels: ChannelTable
  private let server: NIOAsyncChannel<Child.Value, Never>

  /// Binds; from now on connections wait to be accepted.
  init(child: Child, host: String, port: Int, channels: ChannelTable, logger: Logger) async throws {
    self.child = child
    self.logger = logger
    self.channels = channels
    server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.backlog, value: 1024)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .bind(host: host, port: port) { channel in
        child.setup(channel: channel, logger: logger)
      }
  }

  /// The one that was bound.
  var port: Int { server.channel.localAddress?.port ?? 0 }

  /// Accepts until ``stopAccepting()`` or cancellation, then ends what is still being served.
  func run() async {
    await withTaskCancellationHandler {
      await withDiscardingTaskGroup { group in
        do {
          try await server.executeThenClose { inbound in
            for try await value in inbound {
              channels.add(value.channel)
              group.addTask { await serve(value) }
            }
          }
        } catch {
          if !Task.isCancelled { logger.error("accepting failed", metadata: ["error": "\(error)"]) }
        }
        group.cancelAll()
        channels.closeAll()
      }
    } onCancel: {
      stopAccepting()
      channels.closeAll()
    }
  }

  private func serve(_ value: Child.Value) async {
    await child.handle(value: value, logger: logger)
    channels.remove(value.channel)
  }

  func stopAccepting() {
    server.channel.close(promise: nil)
  }
}
