extension Measure {
  private static let places = 64
  private static let sessions = 320
  private static let probes = 5

  /// How long one tenant's message waits while a user of another tenant fills the lane.
  static let otherTenant = Measure(name: "turns") { setting in
    let waits = try await Comparison.take(setting) { setting, _ in try await wait(setting) }
    return waits.figures(
      "turns", "message of another tenant while \(places) places are full and \(sessions - places) runs wait", "ms",
      bound: .atMost(0.02))
  }

  private static func wait(_ setting: Setting) async throws -> Double {
    // Answers of 5 s that end one after the other.
    setting.model.behave(.paced(pieces: 10, every: .milliseconds(500)))
    let gateway = try await GatewayProcess.start(
      setting.binary, in: try DataDirectory(), model: setting.model.port,
      environment: ["SWIFTCLAW_LANES_MAIN": "\(places)"])
    for tenant in ["a", "b"] { try await gateway.makeTenant(tenant) }
    let crowd = try await GatewayUser.connect(to: gateway, as: "crowd", tenant: "a")
    let other = try await GatewayUser.connect(to: gateway, as: "other", tenant: "b")
    for index in 0..<sessions {
      crowd.send(to: "crowd-\(index)", stream: false, id: index)
      if index < places { try await Task.sleep(for: .milliseconds(5_000 / places)) }
    }
    // The last one is accepted once a later request is answered.
    for _ in 0..<places { try await crowd.events(until: "run.started") { _ in } }
    try await Task.sleep(for: .milliseconds(300))
    var samples = Samples()
    for index in 0..<probes {
      let began = Moment.now
      other.send(to: "probe-\(index)", stream: false)
      try await other.events(until: "run.started") { _ in }
      samples.add(Moment.now - began)
      if samples.percentile(1) > 1_000 { break }
    }
    try await gateway.stop(force: true)
    return samples.median
  }
}
