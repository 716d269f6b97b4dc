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
  let secrets: SecretKeeper
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
  ///   - handlesSignals: Whether SIGTERM and Ctrl-C mean to stop, and a second one to stop at once. False in tests,
  ///     where the process is not the gateway's own.
  ///   - onListening: Told the port once connections are accepted.
  public func run(
    beside services: [any Service] = [], handlesSignals: Bool = true,
    onListening: @escaping @Sendable (Int) async -> Void
  ) async throws {
    let result = await Result { try await serve(beside: services, handlesSignals, onListening) }
    await engine.noteCleanStop()
    await store.close()
    try? await httpClient.shutdown()
    try result.get()
  }

  private func serve(
    beside services: [any Service], _ handlesSignals: Bool, _ onListening: @escaping @Sendable (Int) async -> Void
  ) async throws {
    let server = try server(onListening)
    // Stopped in reverse: the server tells its clients and waits for the engine, which goes last.
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: ([engine] + services + [server]).map { .init(service: $0) }, logger: logger))
    guard handlesSignals else { return try await group.run() }
    try await run(group, until: await UnixSignalsSequence(trapping: .sigterm, .sigint))
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

  private func run(_ group: ServiceGroup, until signals: UnixSignalsSequence) async throws {
    try await withThrowingTaskGroup(of: Bool.self) { tasks in
      tasks.addTask {
        try await group.run()
        return true
      }
      tasks.addTask {
        var isStopping = false
        for await signal in signals {
          if isStopping { return false }
          isStopping = true
          logger.notice("stopping", metadata: ["signal": "\(signal)"])
          await group.triggerGracefulShutdown()
        }
        return false
      }
      defer { tasks.cancelAll() }
      // False is a second signal: what still runs is cancelled.
      if try await tasks.next() == false { throw CancellationError() }
    }
  }

  private var serverServices: ServerServices {
    let engine = engine
    return ServerServices(
      chat: engine, sessions: engine, agents: engine, status: engine, models: models, cron: engine,
      feed: engine.feed, skills: skills, logs: logs, pairing: engine.pairing,
      access: engine.access, apiKeys: engine.access, tenants: engine, users: engine, secrets: secrets,
      stopAccepting: { engine.stopAccepting() }, drain: { await engine.drain() })
  }
}

extension Result where Failure == any Error {
  fileprivate init(_ body: () async throws -> Success) async {
    do { self = .success(try await body()) } catch { self = .failure(error) }
  }
}
