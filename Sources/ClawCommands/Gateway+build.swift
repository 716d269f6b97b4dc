import AsyncHTTPClient
import ClawCore
import ClawEngine
import ClawModels
import ClawServer
import ClawStore
import ClawTools
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A whole gateway, put together and ready to run. `serve` and the tests make theirs with the same function.
public struct Gateway: Sendable {
  private let configuration: GatewayConfiguration
  private let store: Store
  private let engine: Engine
  private let models: ModelRouter
  private let httpClient: HTTPClient
  private let logger: Logger

  /// Opens the store and puts the parts together. Nothing listens yet.
  /// - Throws: ``ClawError`` if the store can't be used (another process, a newer schema, a file that can't be opened),
  ///   ``ConfigurationProblem`` if no model can be chosen.
  public static func build(
    _ configuration: GatewayConfiguration, time: TimeSource = .system, logger: Logger
  ) async throws -> Gateway {
    let values = configuration.values
    let modelsConfiguration = try values.models
    let store = try await Store.openSQLite(
      SQLiteConfiguration(
        path: configuration.storePath,
        synchronous: values[Settings.storeSynchronous] == StoreSynchronous.full.rawValue ? .full : .normal,
        readers: values[Settings.storeReaders]),
      time: time)
    let httpClient = HTTPClient(
      eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
      configuration: ModelHTTP.configuration(modelsConfiguration.timeouts))
    let models = ModelRouter(configuration: modelsConfiguration, httpClient: httpClient, logger: logger)
    let engine = Engine(
      store: store, models: models, tools: BuiltinTools.all(clock: time), configuration: configuration.engine,
      time: time, logger: logger, redactor: SecretRedactor(secrets: configuration.secrets))
    do {
      try await engine.prepare()
    } catch {
      await store.close()
      try? await httpClient.shutdown()
      throw error
    }
    return Gateway(
      configuration: configuration, store: store, engine: engine, models: models, httpClient: httpClient,
      logger: logger)
  }

  /// Serves until SIGTERM or Ctrl-C, then lets running runs end (`gateway.drain_timeout`); a second Ctrl-C ends at once.
  /// - Parameters:
  ///   - services: What else lives as long as the gateway.
  ///   - handlesSignals: False in tests, where the process is not the gateway's own.
  ///   - onListening: Told the port once connections are accepted.
  public func run(
    beside services: [any Service] = [], handlesSignals: Bool = true,
    onListening: @escaping @Sendable (Int) async -> Void
  ) async throws {
    let server = GatewayServer(
      configuration: try configuration.server, services: serverServices, time: .system, logger: logger,
      onListening: onListening)
    // Stopped in reverse: the server tells its clients and waits for the engine, which goes last.
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: ([engine] + services + [server]).map { .init(service: $0) },
        gracefulShutdownSignals: handlesSignals ? [.sigterm, .sigint] : [],
        logger: logger))
    let result = await Result { try await group.run() }
    await engine.noteCleanStop()
    await store.close()
    try? await httpClient.shutdown()
    try result.get()
  }

  private var serverServices: ServerServices {
    let engine = engine
    return ServerServices(
      chat: engine, sessions: engine, agents: engine, status: engine, models: models, feed: engine.feed,
      drain: { await engine.drain() })
  }
}

extension Result where Failure == any Error {
  fileprivate init(_ body: () async throws -> Success) async {
    do { self = .success(try await body()) } catch { self = .failure(error) }
  }
}

extension GatewayConfiguration {
  /// What the engine is told.
  var engine: EngineConfiguration {
    EngineConfiguration(
      lanes: [
        .main: values[Settings.mainLane], .subagent: values[Settings.subagentLane], .cron: values[Settings.cronLane],
      ],
      drainTimeout: values[Settings.drainTimeout], leaseDuration: values[Settings.runLease],
      pollInterval: values[Settings.pollInterval], textJoin: values[Settings.textJoin],
      eventRetention: values[Settings.eventRetention], idempotencyRetention: values[Settings.idempotencyRetention],
      sweepInterval: values[Settings.sweepInterval], maxIterations: values[Settings.maxIterations],
      historyMessages: values[Settings.historyMessages], toolTimeout: values[Settings.toolTimeout],
      maxMessageBytes: values[Settings.maxMessageBytes], rateLimitPerMinute: values[Settings.rateLimitPerMinute],
      rateLimitBurst: values[Settings.rateLimitBurst], workspaces: workspacePath, bootID: BootIdentity.current)
  }

  /// What the server is told.
  var server: ServerConfiguration {
    get throws {
      guard let token = GatewayToken(self.token.value) else {
        throw ClawError(.failedPrecondition, "the gateway token is empty; make one with: swiftclaw token rotate")
      }
      var limits = ServerLimits()
      limits.maxFrameBytes = values[Settings.maxFrameBytes]
      limits.preAuthFrameBytes = values[Settings.preAuthFrameBytes]
      limits.maxQueueBytes = values[Settings.maxQueueBytes]
      limits.maxBodyBytes = values[Settings.maxBodyBytes]
      limits.maxMessageBytes = values[Settings.maxMessageBytes]
      limits.maxConcurrentCalls = values[Settings.maxConcurrentCalls]
      limits.maxWaitingRuns = values[Settings.maxWaitingRuns]
      limits.badFrameLimit = values[Settings.badFrameLimit]
      var timing = ServerTiming()
      timing.connectTimeout = values[Settings.connectTimeout]
      timing.pingInterval = values[Settings.pingInterval]
      timing.idleTimeout = values[Settings.idleTimeout]
      timing.closeTimeout = values[Settings.closeTimeout]
      timing.badFrameWindow = values[Settings.badFrameWindow]
      timing.sseKeepAlive = values[Settings.streamKeepAlive]
      timing.bodyTimeout = values[Settings.bodyTimeout]
      timing.restartExpected = values[Settings.restartExpected]
      let publicURL = values[Settings.publicURL]
      return ServerConfiguration(
        host: values[Settings.host], port: values[Settings.port], version: SwiftClawVersion.current, token: token,
        publicURL: publicURL.isEmpty ? nil : publicURL, allowedOrigins: values[Settings.allowedOrigins],
        limits: limits, timing: timing)
    }
  }
}

/// Which start of the machine this is, as Linux tells it.
enum BootIdentity {
  static var current: String? {
    let descriptor = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = read(descriptor, &bytes, bytes.count)
    guard count > 0 else { return nil }
    return String(decoding: bytes.prefix(count).prefix { $0 != 10 }, as: UTF8.self)
  }
}
