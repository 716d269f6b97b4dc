/// The nodes of one installation, on either engine.
struct BenchNodes: Sendable {
  let nodes: [GatewayProcess]
  let directory: DataDirectory

  /// - Parameters:
  ///   - database: A PostgreSQL database; nil is SQLite, with one node.
  ///   - environment: Settings of a node, by its index.
  static func start(
    _ count: Int, _ setting: Setting, in directory: DataDirectory, database: String?,
    environment: (Int) -> [String: String] = { _ in [:] }
  ) async throws -> BenchNodes {
    var nodes: [GatewayProcess] = []
    for place in 0..<count {
      var variables = environment(place)
      if let database, let server = setting.postgres {
        variables["SWIFTCLAW_POSTGRES_DSN"] = server.dsn(database)
        variables["SWIFTCLAW_ENCRYPTION_KEY"] = String(repeating: "0123456789abcdef", count: 4)
      }
      nodes.append(
        try await GatewayProcess.start(
          setting.binary, in: directory, model: setting.model.port, log: "node-\(place).log", environment: variables))
    }
    return BenchNodes(nodes: nodes, directory: directory)
  }

  func cpuTime() throws -> Int64 { try nodes.reduce(0) { $0 + (try $1.cpuTime()) } }

  func stop(force: Bool = false) async throws {
    for node in nodes { try await node.stop(force: force) }
  }
}
