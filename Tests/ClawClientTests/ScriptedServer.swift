import ClawJSON
import ClawProtocol
import ClawWebSocket
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import Synchronization

@testable import ClawClient

/// A scripted server on a loopback port, one connection at a time.
struct ScriptedServer: Sendable {
  /// The handler of a request.
  typealias Script = @Sendable (_ request: RequestFrame, _ peer: Peer) async -> Void

  /// The connected client.
  struct Peer: Sendable {
    let connection: WebSocketConnection
    /// The number of the connection, from 1 on.
    let number: Int

    func answer(_ request: RequestFrame, _ payload: JSONValue) {
      send(.response(id: request.id, .success(payload)))
    }

    func refuse(_ request: RequestFrame, _ error: ErrorBody) { send(.response(id: request.id, .failure(error))) }

    func tell(_ name: String, _ payload: JSONValue = [:], seq: Int64? = nil) {
      send(.event(name: name, payload: payload, seq: seq))
    }

    private func send(_ frame: ServerFrame) {
      if let json = try? frame.json { connection.send(text: json.serializedString()) }
    }
  }

  static let accepted: JSONValue = [
    "protocol": 3, "role": "admin", "user_id": "owner", "tenant": "default",
    "server": ["name": "swiftclaw", "version": "0"], "connection_id": "c1",
    "limits": ["max_frame_bytes": 524_288, "max_queue_bytes": 1_048_576],
  ]

  /// Runs the body with a scripted server; it accepts `connect` itself unless the script is to handle it.
  static func run<Value: Sendable>(
    seesConnect: Bool = false, script: @escaping Script,
    _ body: @Sendable (_ configuration: ClientConfiguration) async throws -> Value
  ) async throws -> Value {
    let (connections, arrived) = AsyncStream.makeStream(of: WebSocketConnection.self)
    let upgrader = NIOWebSocketServerUpgrader(
      shouldUpgrade: { channel, head in channel.eventLoop.makeSucceededFuture(head.uri == "/ws" ? [:] : nil) },
      upgradePipelineHandler: { channel, _ in
        WebSocketServer.install(on: channel, configuration: WebSocketConfiguration()).map { _ = arrived.yield($0) }
      })
    let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.pipeline.configureHTTPServerPipeline(
          withServerUpgrade: (upgraders: [upgrader], completionHandler: { _ in }))
      }
      .bind(host: "127.0.0.1", port: 0).get()
    let port = listener.localAddress?.port ?? 0
    return try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask {
        var number = 0
        for await connection in connections {
          number += 1
          await serve(Peer(connection: connection, number: number), seesConnect, script)
        }
      }
      defer { tasks.cancelAll() }
      let value = try await body(ClientConfiguration(url: "ws://127.0.0.1:\(port)/ws", token: "secret"))
      arrived.finish()
      try await listener.close()
      return value
    }
  }

  private static func serve(_ peer: Peer, _ seesConnect: Bool, _ script: @escaping Script) async {
    await withDiscardingTaskGroup { requests in
      while let message = await peer.connection.nextMessage() {
        guard let request = try? RequestFrame(try JSONValue(parsing: String(buffer: message.payload))) else { continue }
        if request.method == "connect", !seesConnect {
          peer.answer(request, accepted)
        } else {
          requests.addTask { await script(request, peer) }
        }
      }
      peer.connection.close(code: .normal)
    }
  }
}
