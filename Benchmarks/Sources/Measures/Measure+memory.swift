extension Measure {
  /// Memory and activity of an idle gateway.
  static let memory = Measure(name: "memory") { setting in
    setting.model.behave(.atOnce)
    let directory = try DataDirectory()
    let gateway = try await GatewayProcess.start(setting.binary, in: directory, model: setting.model.port)
    try await Task.sleep(for: .seconds(2))
    let idle = try gateway.memory()
    let before = try gateway.cpuTime()
    try await Task.sleep(for: .seconds(10))
    let share = Double(try gateway.cpuTime() - before) / 10e9 * 100
    let user = try await GatewayUser.connect(to: gateway, as: "bench")
    try await user.turn(in: "first")
    let first = try gateway.memory()
    for _ in 0..<1000 { try await user.turn(in: "more") }
    let later = try gateway.memory()
    try await gateway.stop()
    return [
      Figure("memory.idle", "memory, idle, resident", Double(idle.resident) / 1e6, "MB", .atMost(30)),
      Figure("memory.idle.anonymous", "  of it not pages of files", Double(idle.anonymous) / 1e6, "MB"),
      Figure("memory.first", "memory after the first turn, resident", Double(first.resident) / 1e6, "MB"),
      Figure("memory.later", "memory after 1000 turns, resident", Double(later.resident) / 1e6, "MB"),
      Figure("idle.cpu", "processor while nothing happens, of one core", share, "%"),
    ]
  }
}
