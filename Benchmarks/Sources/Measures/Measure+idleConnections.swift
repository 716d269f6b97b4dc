extension Measure {
  private static let wanted = 10_000
  private static let atOnce = 32
  private static let quietSeconds = 31

  /// Idle authenticated connections: memory per connection, and total CPU time.
  static let idleConnections = Measure(name: "connections") { setting in
    // Some descriptors are not sockets.
    let count = min(wanted, setting.fileLimit - 200)
    let directory = try DataDirectory()
    let gateway = try await GatewayProcess.start(setting.binary, in: directory, model: setting.model.port)
    try await Task.sleep(for: .seconds(1))
    let before = try gateway.memory()
    let began = Moment.now
    let users = try await connect(count, to: gateway)
    let took = Double(Moment.now - began) / 1e9
    try await Task.sleep(for: .seconds(2))
    let after = try gateway.memory()
    let busy = try gateway.cpuTime()
    // Each connection is pinged once in this time.
    try await Task.sleep(for: .seconds(quietSeconds))
    let share = Double(try gateway.cpuTime() - busy) / Double(quietSeconds) / 1e9 * 100
    let first = try await users[0].turn(in: "among-many")
    try await gateway.stop(force: true)
    for user in users { _ = await user.socket.closed() }
    let each = Double(after.resident - before.resident) / 1024 / Double(count)
    return [
      Figure("connections.count", "idle authenticated connections", Double(count), ""),
      Figure("connections.each", "  resident memory for each", each, "KiB", .atMost(12)),
      Figure("connections.cpu", "  processor of the gateway, of one core", share, "%", .atMost(2)),
      Figure("connections.rate", "  opened and authenticated", Double(count) / took, "/s"),
      Figure("connections.turn", "  a turn among them", Double(first) / 1e6, "ms"),
    ]
  }

  private static func connect(_ count: Int, to gateway: GatewayProcess) async throws -> [GatewayUser] {
    try await withThrowingTaskGroup(of: [GatewayUser].self) { group in
      for worker in 0..<atOnce {
        group.addTask {
          var users: [GatewayUser] = []
          for index in stride(from: worker, to: count, by: atOnce) {
            users.append(try await .connect(to: gateway, as: "idle-\(index)"))
          }
          return users
        }
      }
      var all: [GatewayUser] = []
      for try await users in group { all += users }
      return all
    }
  }
}
