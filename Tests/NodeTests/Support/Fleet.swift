import ClawTesting
import Synchronization

/// Real processes that are the nodes of one installation; processes can be replaced.
final class Fleet: Sendable {
  private let nodes: Mutex<[GatewayProcess]>
  private let start: @Sendable (_ place: Int) async throws -> GatewayProcess
  /// The port of the load balancer, if there is one.
  let entrance: Int?

  /// Starts the nodes on one database, in one directory.
  /// - Parameters:
  ///   - environment: Added to settings with short intervals and timeouts.
  ///   - own: Settings of each node.
  static func start(
    _ count: Int, in directory: TemporaryDirectory, models: FakeModelServer, environment: [String: String] = [:],
    entrance: Int? = nil, own: @escaping @Sendable (_ place: Int) -> [String: String] = { _ in [:] }
  ) async throws -> Fleet {
    let variables = [
      "SWIFTCLAW_RUNS_LEASE": "1s", "SWIFTCLAW_RUNS_POLL_INTERVAL": "100ms", "SWIFTCLAW_STORE_POSTGRES_POOL": "4",
      "SWIFTCLAW_GATEWAY_DRAIN_TIMEOUT": "10s",
    ].merging(environment) { $1 }
    let start = { @Sendable (place: Int) in
      try await GatewayProcess.start(
        in: directory, models: models, environment: variables.merging(own(place)) { $1 })
    }
    var nodes: [GatewayProcess] = []
    for place in 0..<count { nodes.append(try await start(place)) }
    return Fleet(nodes, entrance, start)
  }

  private init(
    _ nodes: [GatewayProcess], _ entrance: Int?, _ start: @escaping @Sendable (Int) async throws -> GatewayProcess
  ) {
    self.nodes = Mutex(nodes)
    self.entrance = entrance
    self.start = start
  }

  subscript(place: Int) -> GatewayProcess { nodes.withLock { $0[place] } }

  /// A connection to a random node, which may be dead.
  func connect() async throws -> WireConnection {
    if let entrance { return try await .connect(port: entrance, token: GatewayHarness.token) }
    return try await nodes.withLock { $0.randomElement() ?? $0[0] }.connect()
  }

  /// Ends a random node, and starts another in its place.
  func replaceOne(_ end: (GatewayProcess) async throws -> Void) async throws {
    try await replace(.random(in: 0..<nodes.withLock { $0.count }), end)
  }

  func replace(_ place: Int, _ end: (GatewayProcess) async throws -> Void) async throws {
    try await end(self[place])
    let next = try await start(place)
    nodes.withLock { $0[place] = next }
  }

  func killAll() async {
    for node in nodes.withLock({ $0 }) { await node.killNow() }
  }
}
