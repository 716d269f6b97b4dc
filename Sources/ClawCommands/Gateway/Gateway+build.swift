import AsyncHTTPClient
import ClawCore
import ClawEngine
import ClawModels
import ClawStore
import ClawTools
import Logging

extension Gateway {
  /// Assembles the gateway; the only place that knows all parts, used by `serve` and by tests. Opens and migrates the
  /// store, so the built gateway must be run. Does not listen yet.
  /// - Parameters:
  ///   - tools: Tools in addition to the built-in ones.
  ///   - logs: The source of `logs.tail`.
  /// - Throws: `ClawError` if the store can't be used (another process, a newer schema, a file that can't be opened,
  ///   another encryption key), ``ConfigurationProblem`` if no model can be chosen.
  public static func build(
    _ configuration: GatewayConfiguration, tools: [any ToolSource] = [], time: TimeSource = .system, logger: Logger,
    logs: any LogService = NoLog()
  ) async throws -> Gateway {
    let store = try await configuration.openStore(time: time)
    do {
      return try await build(configuration, on: store, tools: tools, time: time, logger: logger, logs: logs)
    } catch {
      await store.close()
      throw error
    }
  }

  private static func build(
    _ configuration: GatewayConfiguration, on store: Store, tools: [any ToolSource], time: TimeSource, logger: Logger,
    logs: any LogService
  ) async throws -> Gateway {
    let secrets = try await secrets(configuration, on: store, time: time, logger: logger)
    var values = configuration.values
    values.take(sealed: try await secrets.values(of: .standard))
    // Secrets are redacted in tools and transcripts, as in the log.
    let logSettings = logs as? LogSettings
    let redactors = secrets.redactors(own: configuration.secrets) { tenant, redactor in
      if tenant == .standard { logSettings?.redactor = redactor }
    }
    logSettings?.redactor = SecretRedactor(secrets: configuration.secrets)
    _ = try await redactors.redactor(for: .standard)
    let modelsConfiguration = try values.models
    let engineConfiguration = try await configuration.engine
    let clients = ModelClients(
      modelsConfiguration, tenantsMayBePrivate: configuration.values[Settings.tenantPrivateAddresses])
    let factory = ModelRouterFactory(
      configuration: modelsConfiguration, httpClient: clients.own, tenantClient: clients.tenants, time: time,
      logger: logger)
    let models = StoreModelCatalog(store: store, factory: factory, secrets: secrets)
    let skills = SkillLibrary(dataDirectory: configuration.dataDirectory.path, time: time) { fault in
      logger.warning(
        fault.isLeftOut ? "skill.left_out" : "skill.odd",
        metadata: ["path": "\(fault.path)", "reason": "\(fault.reason)"])
    }
    let builtin = BuiltinTools(clock: time, skills: skills)
    let engine = Engine(
      store: store, models: models, tools: tools.isEmpty ? builtin : JoinedTools([builtin] + tools),
      configuration: engineConfiguration, folders: WorkspaceFolders(), time: time, logger: logger, redactors: redactors,
      secrets: secrets)
    do {
      try await engine.prepare()
      try await checkFolder(configuration, on: store, logger: logger)
    } catch {
      await clients.shutdown()
      throw error
    }
    return Gateway(
      configuration: configuration, store: store, engine: engine, secrets: secrets, models: models, factory: factory,
      skills: skills, clients: clients, logs: logs, time: time, logger: logger)
  }

  /// Agents' files must be accessible to every node.
  private static func checkFolder(
    _ configuration: GatewayConfiguration, on store: Store, logger: Logger
  ) async throws {
    guard !store.isExclusive else { return }
    let path = configuration.workspacePath
    guard try await SharedFolder(path: path).prepare(in: store) == .apart else { return }
    logger.warning(
      "node.folder_apart",
      metadata: ["path": "\(path)", "reason": "other nodes see another folder; see swiftclaw doctor"])
  }

  private static func secrets(
    _ configuration: GatewayConfiguration, on store: Store, time: TimeSource, logger: Logger
  ) async throws -> StoreSecretService {
    let file = EncryptionKeyFile(configuration.dataDirectory)
    let (given, previous) = (
      configuration.values[Settings.encryptionKey], configuration.values[Settings.previousEncryptionKey]
    )
    let mayCreate = store.isExclusive
    let (keys, isOwn) = try await Blocking.run {
      try file.obtain(given: given, previous: previous, mayCreate: mayCreate)
    }
    let keeper = StoreSecretService(
      store: store, keys: keys, changer: isOwn ? file : nil, time: time, logger: logger)
    try await keeper.prepare()
    if isOwn, keys.previous != nil { try await file.settle() }
    return keeper
  }
}
