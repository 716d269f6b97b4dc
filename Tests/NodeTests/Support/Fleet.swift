import ClawTesting
import Synchronization

/// Real processes that are the nodes of one installation; places in it outlive the processes that fill them.
final class Fleet: Sendable {
  private let nodes: Mutex<[GatewayProcess]>
  private let start: @Sendable () async throws -> GatewayProcess

  /// Starts the nodes on one database, in one folder.
  /// - Parameter environment: Added to the settings that make the nodes look often and forgive little.
  static func start(
    _ count: Int, in directory: TemporaryDirectory, models: FakeModelServer, environment: [String: String] = [:]
  ) async throws -> Fleet {
    let variables = [
      "SWIFTCLAW_RUNS_LEASE": "1s", "SWIFTCLAW_RUNS_POLL_INTERVAL": "100ms", "SWIFTCLAW_STORE_POSTGRES_POOL": "4",
      "SWIFTCLAW_GATEWAY_DRAIN_TIMEOUT": "10s",
    ].merging(environment) { $1 }
    let start = { @Sendable in
      try await GatewayProcess.start(in: directory, models: models, environment: variables)
    }
    var nodes: [GatewayProcess] = []
    for _ in 0..<count { nodes.append(try await start()) }
    return Fleet(nodes, start)
  }

  private init(_ nodes: [GatewayProcess], _ start: @escaping @Sendable () async throws -> GatewayProcess) {
    self.nodes = Mutex(nodes)
    self.start = start
  }

  subscript(place: Int) -> GatewayProcess { nodes.withLock { $0[place] } }

  /// A connection to any node, as a load balancer would choose it; it may be one that is dead.
  func connect() async throws -> WireConnection {
    try await nodes.withLock { $0.randomElement() ?? $0[0] }.connect()
  }

  /// Ends the node at a random place, and starts another there.
  func replaceOne(_ end: (GatewayProcess) async throws -> Void) async throws {
    try await replace(.random(in: 0..<nodes.withLock { $0.count }), end)
  }

  func replace(_ place: Int, _ end: (GatewayProcess) async throws -> Void) async throws {
    try await end(self[place])
    let next = try await start()
    nodes.withLock { $0[place] = next }
  }

  func killAll() async {
    for node in nodes.withLock({ $0 }) { await node.killNow() }
  }
}
