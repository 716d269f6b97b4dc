import AsyncHTTPClient
import ClawCore
import ClawEngine
import ClawModels
import ClawStore
import ClawTools
import Logging

extension Gateway {
  /// Puts all parts together: the one place that knows them all, for `serve` and for the tests. Opens the store and
  /// brings it up to date, so a gateway that was built has to be run. Nothing listens yet.
  /// - Parameter logs: What `logs.tail` reads.
  /// - Throws: `ClawError` if the store can't be used (another process, a newer schema, a file that can't be opened),
  ///   ``ConfigurationProblem`` if no model can be chosen.
  public static func build(
    _ configuration: GatewayConfiguration, time: TimeSource = .system, logger: Logger, logs: any LogService = NoLog()
  ) async throws -> Gateway {
    let modelsConfiguration = try configuration.values.models
    let engineConfiguration = try await configuration.engine
    let store = try await Store.openSQLite(configuration.sqlite, time: time)
    let httpClient = HTTPClient(
      eventLoopGroupProvider: .singleton, configuration: ModelHTTP.configuration(modelsConfiguration.timeouts))
    let models = ModelRouter(configuration: modelsConfiguration, httpClient: httpClient, time: time, logger: logger)
    let skills = SkillLibrary(dataDirectory: configuration.dataDirectory.path, time: time) { fault in
      logger.warning("skill.left_out", metadata: ["path": "\(fault.path)", "reason": "\(fault.reason)"])
    }
    let engine = Engine(
      store: store, models: models, tools: BuiltinTools.all(clock: time, skills: skills), skills: skills,
      configuration: engineConfiguration, folders: WorkspaceFolders(), time: time, logger: logger,
      redactor: SecretRedactor(secrets: configuration.secrets))
    do {
      try await engine.prepare()
    } catch {
      await store.close()
      try? await httpClient.shutdown()
      throw error
    }
    return Gateway(
      configuration: configuration, store: store, engine: engine, models: models, skills: skills,
      httpClient: httpClient, logs: logs, time: time, logger: logger)
  }
}
