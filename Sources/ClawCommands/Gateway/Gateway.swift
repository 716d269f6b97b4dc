import AsyncHTTPClient
import ClawCore
import ClawEngine
import ClawModels
import ClawServer
import ClawStore
import Logging
import ServiceLifecycle
import UnixSignals

/// A whole gateway, put together and ready to run once; see ``build(_:time:logger:)``.
public struct Gateway: Sendable {
  let configuration: GatewayConfiguration
  let store: Store
  let engine: Engine
  let secrets: StoreSecretService
  let models: ModelRouter
  let skills: any SkillService
  let httpClient: HTTPClient
  let logs: any LogService
  let time: TimeSource
  let logger: Logger

  /// Serves until it is asked to stop, then lets running runs end (`gateway.drain_timeout`) and closes what is open.
  /// Cancelling ends everything at once; what is stored is taken up at the next start.
  /// - Parameters:
  ///   - services: What else lives as long as the gateway.
  ///   - handlesSignals: Whether SIGTERM and Ctrl-C mean to stop, and a second one, or the time that stopping may take
  ///     (`gateway.stop_timeout`), ends the process. False in tests, where the process is not the gateway's own.
  ///   - onListening: Told the port once connections are accepted.
  public func run(
    beside services: [any Service] = [], handlesSignals: Bool = true,
    onListening: @escaping @Sendable (Int) async -> Void
  ) async throws {
    let server = try server(onListening)
    // Stopped in reverse: the server tells its clients and waits for the engine, which goes last.
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

  /// - Parameter onEnd: Called when nothing is served any more and the rest is about to be closed.
  private func serve(_ group: ServiceGroup, onEnd: () -> Void) async throws {
    let result = await Result { try await group.run() }
    onEnd()
    await engine.noteCleanStop()
    await store.close()
    try? await httpClient.shutdown()
    try result.get()
  }

  private func server(_ onListening: @escaping @Sendable (Int) async -> Void) throws -> GatewayServer {
    GatewayServer(
      configuration: try configuration.server, services: serverServices, time: time, logger: logger,
      onListening: onListening)
  }

  /// The HTTP routes that it serves.
  /// - Throws: ``ClawError`` for settings of the server that make no sense.
  public var routes: [RouteDescription] {
    get throws { try server { _ in }.routes }
  }

  private var serverServices: ServerServices {
    let engine = engine
    return ServerServices(
      chat: engine, sessions: engine, agents: engine.agents, status: engine, models: models, cron: engine.cron,
      feed: engine.feed, skills: skills, logs: logs, pairing: engine.pairing,
      access: engine.access, apiKeys: engine.access, tenants: engine.tenants, users: engine.users, secrets: secrets,
      stopAccepting: { engine.stopAccepting() }, drain: { await engine.drain() })
  }
}

extension Result where Failure == any Error {
  fileprivate init(_ body: () async throws -> Success) async {
    do { self = .success(try await body()) } catch { self = .failure(error) }
  }
}
