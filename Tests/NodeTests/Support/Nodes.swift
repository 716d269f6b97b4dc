import ClawCommands
import ClawCore
import ClawTesting
import Testing

/// Tests of several nodes on one PostgreSQL. Serialized, since each runs several gateways.
@Suite("Nodes", .serialized, .timeLimit(.minutes(10)))
enum NodeTests {}

/// How the nodes of a test learn of each other's changes. Each way must suffice.
enum News: String, CaseIterable, Sendable {
  /// By notifications; polling would be far too slow.
  case hints
  /// By polling, without notifications.
  case looking

  func set(in values: inout ConfigurationValues) {
    switch self {
    case .hints:
      values.set(Settings.pollInterval, to: .seconds(3_000))
      values.set(Settings.credentialRecheck, to: .seconds(3_000))
    case .looking:
      values.set(Settings.postgresNotify, to: Switch.off.rawValue)
      values.set(Settings.pollInterval, to: .milliseconds(30))
      values.set(Settings.credentialRecheck, to: .milliseconds(30))
    }
  }
}

/// Two gateways of one installation.
struct Pair: Sendable {
  let first: GatewayHarness
  let second: GatewayHarness

  static func run(
    _ news: News, models: FakeModelServer? = nil, environment: [String: String] = [:], tools: [any Tool] = [],
    time: TimeSource = .system, _ body: @escaping @Sendable (Pair) async throws -> Void
  ) async throws {
    let directory = try TemporaryDirectory(isOnPostgres: true)
    try await GatewayHarness.run(
      in: directory, models: models, environment: environment, tools: tools, time: time, set: { news.set(in: &$0) }
    ) { first in
      try await GatewayHarness.run(
        in: directory, models: models, environment: environment, tools: tools, time: time,
        set: { news.set(in: &$0) }
      ) { second in
        let pair = Pair(first: first, second: second)
        if news == .hints { try await pair.untilListening() }
        try await body(pair)
      }
    }
  }

  /// A gateway serves before its LISTEN connection is established, which would be too late here.
  private func untilListening() async throws {
    for gateway in [first, second] {
      while !gateway.log.lines.contains(where: { $0.contains("node.listening") }) { await Task.yield() }
    }
  }
}
