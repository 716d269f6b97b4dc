import ClawCore
import ClawEngine
import ClawJSON
import ClawServer
import ClawStore

extension GatewayConfiguration {
  /// Opens the configured store and migrates its schema.
  public func openStore(time: TimeSource) async throws -> Store {
    try await StoreConfiguration(values: values, dataDirectory: dataDirectory).open(time: time)
  }

  /// The engine's configuration.
  var engine: EngineConfiguration {
    get async throws {
      EngineConfiguration(
        lanes: [
          .main: values[Settings.mainLane], .subagent: values[Settings.subagentLane], .cron: values[Settings.cronLane],
        ],
        drainTimeout: values[Settings.drainTimeout], leaseDuration: values[Settings.runLease],
        pollInterval: values[Settings.pollInterval],
        readinessTimeout: values[Settings.readyTimeout], textJoin: values[Settings.textJoin],
        eventRetention: values[Settings.eventRetention],
        idempotencyRetention: values[Settings.idempotencyRetention], sweepInterval: values[Settings.sweepInterval],
        maxIterations: values[Settings.maxIterations], historyMessages: values[Settings.historyMessages],
        toolTimeout: values[Settings.toolTimeout], maxToolWait: values[Settings.maxToolWait],
        maxAttempts: values[Settings.maxAttempts],
        maxMessageBytes: values[Settings.maxMessageBytes],
        rateLimitPerMinute: values[Settings.rateLimitPerMinute], rateLimitBurst: values[Settings.rateLimitBurst],
        maxJobsPerUser: values[Settings.maxJobs], misfireGrace: values[Settings.misfireGrace],
        slotRetention: values[Settings.slotRetention], pairing: pairing, access: access,
        workspaces: workspacePath,
        bootID: try await MachineStart.identifier(), ephemeralRetention: values[Settings.ephemeralRetention],
        media: media)
    }
  }

  private var media: MediaConfiguration {
    MediaConfiguration(
      directory: dataDirectory.resolve(values[Settings.mediaDirectory]), maxBytes: values[Settings.mediaMaxBytes],
      maxTenantBytes: Int64(values[Settings.mediaMaxTenantBytes]), maxParts: values[Settings.mediaMaxParts],
      unusedRetention: values[Settings.mediaUnusedRetention])
  }

  private var pairing: PairingConfiguration {
    PairingConfiguration(
      codeLifetime: values[Settings.pairingCodeLifetime], deviceLifetime: values[Settings.pairingDeviceLifetime],
      maxPendingPerAddress: values[Settings.pairingMaxPendingPerAddress],
      maxPending: values[Settings.pairingMaxPending], checkInterval: values[Settings.pairingCheckInterval])
  }

  private var access: AccessConfiguration {
    AccessConfiguration(memory: values[Settings.credentialRecheck], maxKeys: values[Settings.maxKeys])
  }

  /// The server's configuration.
  /// - Throws: `ConfigurationProblem` if there is no token (the gateway never runs unauthenticated), or for an invalid
  ///   proxy.
  var server: ServerConfiguration {
    get throws(ConfigurationProblem) {
      guard let token = ClawServer.GatewayToken(token.value) else {
        throw ConfigurationProblem(place: "gateway.token", message: "is empty; set SWIFTCLAW_GATEWAY_TOKEN")
      }
      guard let proxies = TrustedProxies(values[Settings.trustedProxies]) else {
        throw ConfigurationProblem(
          place: Settings.trustedProxies.path,
          message: "holds what is neither an address nor a network; write 10.1.2.3 or 10.0.0.0/8")
      }
      let publicURL = values[Settings.publicURL]
      return ServerConfiguration(
        host: values[Settings.host], port: values[Settings.port], version: SwiftClawVersion.current, token: token,
        publicURL: publicURL.isEmpty ? nil : publicURL, allowedOrigins: values[Settings.allowedOrigins],
        trustedProxies: proxies, limits: limits, sockets: sockets, timing: timing)
    }
  }

  private var limits: ServerLimits {
    var limits = ServerLimits()
    limits.maxFrameBytes = values[Settings.maxFrameBytes]
    limits.preAuthFrameBytes = values[Settings.preAuthFrameBytes]
    limits.maxQueueBytes = values[Settings.maxQueueBytes]
    limits.maxBodyBytes = values[Settings.maxBodyBytes]
    limits.maxLargeBodyBytes = values[Settings.maxLargeBodyBytes]
    limits.maxBodyBytesInFlight = values[Settings.maxBodyBytesInFlight]
    limits.maxMessageBytes = values[Settings.maxMessageBytes]
    limits.maxConcurrentCalls = values[Settings.maxConcurrentCalls]
    limits.maxWaitingRuns = values[Settings.maxWaitingRuns]
    limits.badFrameLimit = values[Settings.badFrameLimit]
    limits.authFailureLimit = values[Settings.authFailureLimit]
    limits.authFailureTotal = values[Settings.authFailureTotal]
    return limits
  }

  private var sockets: SocketLimits {
    var sockets = SocketLimits()
    sockets.maxConnections = OpenFileLimit.connections(wanted: values[Settings.maxConnections])
    sockets.maxStrangers = min(values[Settings.maxStrangers], max(1, sockets.maxConnections / 2))
    sockets.maxStrangersPerAddress = values[Settings.maxStrangersPerAddress]
    sockets.strangerGrace = values[Settings.strangerGrace]
    return sockets
  }

  private var timing: ServerTiming {
    var timing = ServerTiming()
    timing.connectTimeout = values[Settings.connectTimeout]
    timing.pingInterval = values[Settings.pingInterval]
    timing.idleTimeout = values[Settings.idleTimeout]
    timing.closeTimeout = values[Settings.closeTimeout]
    timing.expulsionTimeout = values[Settings.expulsionTimeout]
    timing.badFrameWindow = values[Settings.badFrameWindow]
    timing.sseKeepAlive = values[Settings.streamKeepAlive]
    timing.streamHeadDelay = values[Settings.streamHeadDelay]
    timing.bodyTimeout = values[Settings.bodyTimeout]
    timing.authFailureWindow = values[Settings.authFailureWindow]
    timing.authDelay = values[Settings.authDelay]
    timing.authDelayCap = values[Settings.authDelayCap]
    timing.credentialRecheck = values[Settings.credentialRecheck]
    timing.restartExpected = values[Settings.restartExpected]
    return timing
  }
}

/// Identifies the boot of the machine.
enum MachineStart {
  /// The kernel's boot ID; nil if there is none, such as outside of Linux.
  static func identifier() async throws -> String? {
    try await Blocking.run {
      let file = try? PrivateFile.read("/proc/sys/kernel/random/boot_id", limit: 4096)
      return file.map { String(decoding: $0.bytes, as: UTF8.self).words.joined() }
    }
  }
}
