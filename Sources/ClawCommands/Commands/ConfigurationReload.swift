import ClawJSON
import Logging
import ServiceLifecycle
import UnixSignals

/// Reloads the configuration on SIGHUP: applies live settings and lists changed ones that need a restart.
struct ConfigurationReload: Service {
  let loader: ConfigurationLoader
  let started: ConfigurationValues
  let log: LogSettings
  let logger: Logger

  func run() async throws {
    for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() { await reload() }
  }

  func reload() async {
    let loaded: LoadedConfiguration
    do {
      loaded = try await DataDirectoryOptions.load(loader).checked(beforeStore: true)
    } catch {
      logger.error("the configuration was not taken up", metadata: ["error": "\(error)"])
      return
    }
    let level = loaded.values[Settings.logLevel]
    log.level = Logger.Level(rawValue: level) ?? log.level
    let waiting = UTF8Set(loaded.values.entries.keys).union(started.entries.keys)
      .filter { Settings.byPath[$0]?.isLive == false && loaded.values.entries[$0]?.json != started.entries[$0]?.json }
    logger.notice("the configuration was read again", metadata: ["log.level": "\(level)"])
    guard !waiting.isEmpty else { return }
    logger.notice(
      "these settings count after a restart", metadata: ["settings": "\(waiting.sorted().joined(separator: ", "))"])
  }
}
