import ArgumentParser
import ClawCore
import ClawStore
import Logging
import NIOCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// `swiftclaw serve`.
struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Starts the gateway and runs it until it is stopped.",
    discussion: """
      Stops on SIGTERM and Ctrl-C after the running answers are done (gateway.drain_timeout); a second Ctrl-C stops \
      at once. SIGHUP reads the configuration again.

      Example:
        SWIFTCLAW_ANTHROPIC_API_KEY=… swiftclaw serve --port 18790
      """)

  @Option(help: ArgumentHelp("Address to listen on (default: 127.0.0.1).", valueName: "address"))
  var host: String?

  @Option(help: ArgumentHelp("Port to listen on; 0 takes a free one (default: 18790).", valueName: "number"))
  var port: Int?

  @Flag(help: "Listen on an address that other machines can reach. Put TLS in front of it.")
  var allowRemote = false

  @Flag(help: "Log in JSON, a line each.")
  var json = false

  @OptionGroup var place: DataDirectoryOptions

  func run() async throws {
    let loader = loader
    let loaded = try await DataDirectoryOptions.load(loader).checked(beforeStore: true)
    try Self.checkBinding(loaded.values[Settings.host], allowRemote: allowRemote)
    guard loaded.startProblems.isEmpty else { throw ConfigurationError(problems: loaded.startProblems) }
    OpenFileLimit.raise()
    try await Blocking.run { try Doctor(loaded: loaded).refuseStart() }
    umask(0o077)  // files the gateway writes are private to its owner
    let token = try await Blocking.run {
      try PrivateFile.makeDirectory(loaded.dataDirectory.path)
      return try GatewayTokenStore(loaded.dataDirectory).obtain(given: loaded.values[Settings.gatewayToken])
    }
    let configuration = GatewayConfiguration(
      dataDirectory: loaded.dataDirectory, token: token, values: loaded.values)
    let log = LogSettings(configuration, console: Console.current)
    let logger = log.logger("swiftclaw")
    for note in loaded.notes { logger.warning("\(note)") }
    if let limit = OpenFileLimit.current { logger.debug("open files", metadata: ["limit": "\(limit)"]) }
    do {
      let gateway = try await Self.build(configuration, logger, log)
      let announcement = ServeAnnouncement(configuration: configuration, model: gateway.models.standard)
      let reload = ConfigurationReload(loader: loader, started: loaded.values, log: log, logger: logger)
      try await gateway.run(beside: [reload]) { port in
        announcement.make(port: port, log: log, logger: logger)
      }
    } catch {
      throw Self.explained(error, loaded.values)
    }
  }

  /// How long startup may take before a message says what it is waiting for.
  private static let startNotice = Duration.seconds(5)

  private static func build(
    _ configuration: GatewayConfiguration, _ logger: Logger, _ log: LogSettings
  ) async throws -> Gateway {
    let limit = configuration.values[Settings.startTimeout]
    return try await ProcessEnd.unlessDone(
      within: limit, notice: startNotice,
      noticed: { logger.warning("still starting: the database does not answer, or its schema is being changed") },
      expired: {
        logger.error(
          "the database did not answer in time",
          metadata: ["limit": "\(DurationText.format(limit))", "next": "swiftclaw doctor, or gateway.start_timeout"])
        return .unavailable
      }
    ) {
      try await Gateway.build(configuration, logger: logger, logs: log)
    }
  }

  private var loader: ConfigurationLoader {
    var loader = place.loader
    loader.flag("--host", Settings.host, host)
    loader.flag("--port", Settings.port, port.map(String.init))
    loader.flag("--json", Settings.logFormat, json ? LogFormat.json.rawValue : nil)
    return loader
  }

  /// Prevents exposing the gateway to the network by accident.
  static func checkBinding(_ host: String, allowRemote: Bool) throws(CommandFailure) {
    guard !allowRemote, !LoopbackAddress.matches(host) else { return }
    throw CommandFailure(
      .configuration,
      "\(host) can be reached from other machines, and the gateway speaks without TLS: whoever listens in can take the "
        + "token. Keep 127.0.0.1 and put a TLS proxy in front, or say --allow-remote if the network is yours.")
  }

  /// An error at startup, with what to do about it.
  static func explained(_ error: any Error, _ values: ConfigurationValues) -> any Error {
    let place = "\(values[Settings.host]) port \(values[Settings.port])"
    switch error {
    case let error as ClawError where error.code == .failedPrecondition || error.code == .unavailable:
      return CommandFailure(.unavailable, error.message)
    case let error as IOError where error.errnoCode == EADDRINUSE:
      return CommandFailure(
        .unavailable,
        "\(place) is taken by another program; perhaps a gateway is running already. See what: swiftclaw doctor   "
          + "or choose another: swiftclaw serve --port 18791")
    case let error as IOError where error.errnoCode == EACCES:
      return CommandFailure(.unavailable, "this user may not listen on \(place); choose a port above 1023")
    case let error as IOError where error.errnoCode == EADDRNOTAVAIL:
      return CommandFailure(
        .unavailable, "\(values[Settings.host]) is no address of this machine; see which there are: ip address")
    case let error as IOError:
      return CommandFailure(.unavailable, "can't listen on \(place): \(String(cString: strerror(error.errnoCode)))")
    default: return Store.explained(error)
    }
  }
}

extension LogSettings {
  convenience init(_ configuration: GatewayConfiguration, console: Console) {
    let format = LogFormat(rawValue: configuration.values[Settings.logFormat]) ?? .auto
    let isText = format == .text || (format == .auto && console.isErrorTerminal)
    self.init(
      level: configuration.logLevel, style: isText ? .text(colours: console.errorStyles.isOn) : .json,
      secrets: configuration.secrets, keptLines: configuration.values[Settings.logKeptLines])
  }
}
