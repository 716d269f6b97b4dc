import ClawWebSocket
import NIOCore
import NIOHTTP1
import NIOPosix

/// A WebSocket server on a loopback port that echoes every message.
struct EchoServer {
  typealias Upgrade = EventLoopFuture<WebSocketConnection?>

  private let listener: NIOAsyncChannel<Upgrade, Never>

  /// - Parameter port: 0 selects a free one.
  init(port: Int) async throws {
    listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .bind(host: "127.0.0.1", port: port) { channel in
        channel.eventLoop.makeCompletedFuture { try Self.prepare(channel) }
      }
  }

  var port: Int { listener.channel.localAddress?.port ?? 0 }

  /// Serves until the process ends.
  func run() async throws {
    try await withThrowingDiscardingTaskGroup { group in
      try await listener.executeThenClose { upgrades in
        for try await upgrade in upgrades {
          // An invalid upgrade request ends only its own connection.
          group.addTask { await (try? upgrade.get())?.echo() }
        }
      }
    }
  }

  private static func prepare(_ channel: any Channel) throws -> Upgrade {
    let upgrade = NIOTypedHTTPServerUpgradeConfiguration<WebSocketConnection?>(
      upgraders: [EchoUpgrader()],
      notUpgradingCompletionHandler: { channel in channel.close().map { nil } })
    return try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(
      configuration: NIOUpgradableHTTPServerPipelineConfiguration(upgradeConfiguration: upgrade))
  }
}
