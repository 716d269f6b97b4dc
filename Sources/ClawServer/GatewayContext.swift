import ClawCore

/// What every connection and request of one gateway shares. One object, since each connection holds it.
final class GatewayContext: Sendable {
  let configuration: ServerConfiguration
  let services: ServerServices
  let authenticator: Authenticator
  let throttle: CredentialThrottle
  let methods: MethodRegistry
  let connections: ConnectionRegistry
  let credentials: CredentialWatch
  let openAnswers = OpenAnswers()
  /// Answers that wait for the end of a run.
  let answers = ActivityCounter()
  let time: TimeSource

  init(configuration: ServerConfiguration, services: ServerServices, time: TimeSource) {
    self.configuration = configuration
    self.services = services
    self.time = time
    authenticator = Authenticator(token: configuration.token, access: services.access)
    throttle = CredentialThrottle(limits: configuration.limits, timing: configuration.timing)
    connections = ConnectionRegistry(expulsionTimeout: configuration.timing.expulsionTimeout)
    methods = Self.methods(configuration, services, connections)
    let announcer = PairingAnnouncer(connections: connections)
    services.pairing.observe { announcer.announce($0) }
    let watch = CredentialWatch(
      access: services.access, connections: connections, openAnswers: openAnswers,
      interval: configuration.timing.credentialRecheck)
    services.access.observe { watch.note($0) }
    credentials = watch
  }

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
