import ClawCore
import ClawEngine
import ClawModels
import ClawServer
import ClawStore
import Logging
import ServiceLifecycle
import UnixSignals

/// An assembled gateway that can be run once; see ``build(_:time:logger:)``.
public struct Gateway: Sendable {
  let configuration: GatewayConfiguration
  let store: Store
  let engine: Engine
  let secrets: StoreSecretService
  let models: StoreModelCatalog
  let factory: ModelRouterFactory
  let skills: any SkillService
  let clients: ModelClients
  let logs: any LogService
  let time: TimeSource
  let logger: Logger

  /// Serves until it is stopped, then waits for running runs (`gateway.drain_timeout`) and closes everything.
  /// Cancellation ends everything at once; stored runs are resumed at the next start.
  /// - Parameters:
  ///   - services: Other services with the gateway's lifetime.
  ///   - handlesSignals: Whether SIGTERM and Ctrl-C stop the gateway, and a second one, or the stop timeout
  ///     (`gateway.stop_timeout`), ends the process. False in tests, where the process is not the gateway's own.
  ///   - onListening: Called with the port once connections are accepted.
  public func run(
    beside services: [any Service] = [], handlesSignals: Bool = true,
    onListening: @escaping @Sendable (Int) async -> Void
  ) async throws {
    let server = try server(onListening)
    // Stopped in reverse: the server notifies its clients and waits for the engine, which is stopped last.
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: ([engine] + services + [server]).map { .init(service: $0) }, logger: logger))
    guard handlesSignals else { return try await serve(group) {} }
    let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
    let stop = GatewayStop(
      drain: configuration.values[Settings.drainTimeout], closing: configuration.values[Settings.stopTimeout],
      logger: logger, running: { [engine] in engine.runningRuns })
    try await withThrowingTaskGroup(of: Void.self) { watch in
      watch.addTask { await stop.watch(signals) { await group.triggerGracefulShutdown() } }
      defer { watch.cancelAll() }
      try await serve(group) { watch.addTask { await stop.end(after: stop.closing) } }
    }
  }

  /// - Parameter onEnd: Called when serving has ended and the rest is about to be closed.
  private func serve(_ group: ServiceGroup, onEnd: () -> Void) async throws {
    let result = await Result { try await group.run() }
    onEnd()
    await engine.noteCleanStop()
    await store.close()
    await clients.shutdown()
    try result.get()
  }

  private func server(_ onListening: @escaping @Sendable (Int) async -> Void) throws -> GatewayServer {
    GatewayServer(
      configuration: try configuration.server, services: serverServices, time: time, logger: logger,
      onListening: onListening)
  }

  /// The HTTP routes.
  /// - Throws: ``ClawError`` for invalid server settings.
  public var routes: [RouteDescription] {
    get throws { try server { _ in }.routes }
  }

  /// Decisions about waiting tool calls.
  public var decisions: any ToolDecisionService { engine }

  /// The budgets of a tenant.
  public var budgets: any BudgetService { engine.budgets }

  private var serverServices: ServerServices {
    let engine = engine
    return ServerServices(
      chat: engine, sessions: engine, agents: engine.agents, status: engine, models: models, cron: engine.cron,
      feed: engine.feed, skills: skills, logs: logs, pairing: engine.pairing,
      access: engine.access, apiKeys: engine.apiKeys, tenants: engine.tenants, users: engine.users, secrets: secrets,
      providers: engine.providers(made: factory, sealing: secrets),
      media: engine.media,
      stopAccepting: { engine.stopAccepting() }, drain: { await engine.drain() })
  }
}

extension Result where Failure == any Error {
  fileprivate init(_ body: () async throws -> Success) async {
    do { self = .success(try await body()) } catch { self = .failure(error) }
  }
}
