import ClawCommands
import ClawCore
import ClawServer
import Logging

/// A complete gateway in this process, assembled like `serve` does, on a port of its own.
public struct GatewayHarness: Sendable {
  public static let token = "test-gateway-token-0123456789abcdef"

  public let port: Int
  public let directory: TemporaryDirectory
  public let log: CapturedLog
  /// The HTTP routes that it serves.
  public let routes: [RouteDescription]
  /// Decisions about waiting tool calls.
  public let decisions: any ToolDecisionService
  /// The budgets of a tenant.
  public let budgets: any BudgetService

  /// The token of the gateway.
  public var token: String { Self.token }

  public struct NeverListened: Error {}

  /// Runs a gateway while `body` runs and then stops it at once, like a crash: nothing is drained.
  ///
  /// Run it twice with one directory to test a restart.
  /// - Parameters:
  ///   - models: The model server of the provider `openai`; by default the demo model is used.
  ///   - dialect: `openai` or `anthropic`: the API used for `models`.
  ///   - environment: Further `SWIFTCLAW_…` variables.
  ///   - tools: Tools in addition to the built-in ones.
  ///   - time: The gateway's clock, for example one controlled by the test.
  public static func run<Value: Sendable>(
    in directory: TemporaryDirectory? = nil, models: FakeModelServer? = nil, dialect: String = "openai",
    environment: [String: String] = [:], logLevel: String = "debug", tools: [any Tool] = [],
    time: TimeSource = .system,
    set: (inout ConfigurationValues) -> Void = { _ in },
    _ body: @escaping @Sendable (GatewayHarness) async throws -> Value
  ) async throws -> Value {
    await HarnessPlaces.shared.take()
    defer { HarnessPlaces.shared.giveBack() }
    let directory = try directory ?? TemporaryDirectory()
    let variables = try await directory.storeVariables().merging(environment) { $1 }
    let configuration = try configuration(
      in: directory, models: models, dialect: dialect, environment: variables, logLevel: logLevel, set: set)
    let log = CapturedLog()
    let settings = LogSettings(level: .trace, style: .json, secrets: configuration.secrets, output: log)
    settings.level = Logger.Level(rawValue: logLevel) ?? .debug
    let gateway = try await Gateway.build(
      configuration, tools: [FixedTools(tools)], time: time, logger: settings.logger("swiftclaw"), logs: settings)
    let (routes, decisions, budgets) = (try gateway.routes, gateway.decisions, gateway.budgets)
    let (ports, listening) = AsyncStream.makeStream(of: Int.self)
    return try await withThrowingTaskGroup(of: Value?.self) { group in
      group.addTask {
        // Cancelled below; the resulting error is not a test failure.
        do {
          try await gateway.run(handlesSignals: false) { listening.yield($0) }
        } catch {
          listening.finish()
          if !Task.isCancelled { throw error }
        }
        listening.finish()
        return nil
      }
      group.addTask {
        var iterator = ports.makeAsyncIterator()
        guard let port = await iterator.next() else { throw NeverListened() }
        return try await body(
          GatewayHarness(
            port: port, directory: directory, log: log, routes: routes, decisions: decisions, budgets: budgets))
      }
      var value: Value?
      while value == nil, let finished = try await group.next() { value = finished }
      group.cancelAll()
      try await group.waitForAll()
      guard let value else { throw NeverListened() }
      return value
    }
  }

  /// The configuration used by ``run(in:models:dialect:environment:logLevel:set:_:)``.
  public static func configuration(
    in directory: TemporaryDirectory, models: FakeModelServer?, dialect: String = "openai",
    environment: [String: String] = [:], logLevel: String = "debug",
    set: (inout ConfigurationValues) -> Void = { _ in }
  ) throws -> GatewayConfiguration {
    var variables = [
      "HOME": directory.path, "SWIFTCLAW_HOME": directory.path, "SWIFTCLAW_PORT": "0",
      "SWIFTCLAW_GATEWAY_TOKEN": token, "SWIFTCLAW_LOG_LEVEL": logLevel,
    ]
    if let models {
      variables["SWIFTCLAW_\(dialect.uppercased())_BASE_URL"] = models.url
      variables["SWIFTCLAW_\(dialect.uppercased())_API_KEY"] = "test-key-of-the-provider-42"
      variables["SWIFTCLAW_MODEL"] = "fake-large"
    }
    variables.merge(environment) { $1 }
    let loader = ConfigurationLoader(environment: variables, workingDirectory: directory.path)
    let loaded = try loader.load().checked(beforeStore: true)
    var values = loaded.values
    // A slow machine must not cause a connect timeout, unless a test sets it.
    values.set(Settings.connectTimeout, to: .seconds(300))
    set(&values)
    let token = try GatewayTokenStore(loaded.dataDirectory).obtain(given: Self.token)
    return GatewayConfiguration(dataDirectory: loaded.dataDirectory, token: token, values: values)
  }

  /// An authenticated connection.
  public func connect(user: String? = nil, dialect: String? = nil) async throws -> WireConnection {
    try await .connect(port: port, token: token, user: user, dialect: dialect)
  }
}
