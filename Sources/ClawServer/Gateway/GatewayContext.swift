import ClawCore
import Logging

/// Shared by all connections and requests of a gateway. One object, since each connection references it.
final class GatewayContext: Sendable {
  let configuration: ServerConfiguration
  let services: ServerServices
  let authenticator: Authenticator
  let throttle: CredentialThrottle
  let unknownTenants: UnknownTenants
  let methods: MethodRegistry
  let connections: ConnectionRegistry
  /// All connections, of either protocol.
  let sockets: SocketTable
  let credentials: CredentialMonitor
  let openAnswers = OpenResponses()
  /// Memory budget of HTTP request bodies.
  let bodyRoom: RequestMemory
  /// Made when no run is active on this node any more.
  let drained = Announcement()
  /// Responses waiting for the end of a run.
  let answers = ActivityCounter()
  let time: TimeSource

  init(configuration: ServerConfiguration, services: ServerServices, time: TimeSource, logger: Logger) {
    self.configuration = configuration
    self.services = services
    self.time = time
    bodyRoom = RequestMemory(size: configuration.limits.maxBodyBytesInFlight)
    authenticator = Authenticator(token: configuration.token, access: services.access)
    throttle = CredentialThrottle(limits: configuration.limits, timing: configuration.timing)
    unknownTenants = UnknownTenants(lifetime: configuration.timing.credentialRecheck)
    sockets = SocketTable(limits: configuration.sockets, logger: logger)
    connections = ConnectionRegistry(expulsionTimeout: configuration.timing.expulsionTimeout)
    methods = Self.methods(configuration, services, connections)
    let announcer = PairingAnnouncer(connections: connections)
    services.pairing.observe { announcer.announce($0) }
    let watch = CredentialMonitor(
      access: services.access, connections: connections, openAnswers: openAnswers,
      interval: configuration.timing.credentialRecheck, timeout: configuration.timing.closeTimeout)
    services.access.observe { watch.note($0) }
    credentials = watch
  }

  /// The error for a caller over the connection limit.
  var noRoom: ClawError {
    ClawError(
      .unavailable, "the connection limit is reached; try again later", retryAfter: Self.noRoomRetry)
  }

  /// When a connection may be free again.
  private static let noRoomRetry = Duration.seconds(5)

  private static func methods(
    _ configuration: ServerConfiguration, _ services: ServerServices, _ connections: ConnectionRegistry
  ) -> MethodRegistry {
    var registry = MethodRegistry()
    SystemMethods(services: services, version: configuration.version, connections: connections)
      .register(in: &registry)
    AgentMethods(agents: services.agents).register(in: &registry)
    ChatMethods(
      chat: services.chat, models: services.models, maxMessageBytes: configuration.limits.maxMessageBytes
    ).register(in: &registry)
    LogMethods(logs: services.logs).register(in: &registry)
    SessionMethods(sessions: services.sessions, feed: services.feed).register(in: &registry)
    SkillMethods(skills: services.skills, agents: services.agents).register(in: &registry)
    CronMethods(cron: services.cron).register(in: &registry)
    PairingMethods(pairing: services.pairing).register(in: &registry)
    return registry
  }
}
