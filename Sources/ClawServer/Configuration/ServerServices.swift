import ClawCore

/// The services that the server uses.
public struct ServerServices: Sendable {
  public var chat: any ChatService
  public var sessions: any SessionService
  public var agents: any AgentService
  public var status: any StatusService
  public var models: any ModelCatalog
  public var cron: any CronService
  public var feed: any EventFeed
  public var skills: any SkillService
  public var logs: any LogService
  public var pairing: any PairingService
  public var access: any AccessService
  public var apiKeys: any APIKeyService
  public var tenants: any TenantService
  public var users: any UserService
  public var secrets: any SecretService
  public var providers: any ProviderService
  public var media: any MediaService
  /// Rejects new runs from now on; called before clients are notified of the shutdown.
  public var stopAccepting: @Sendable () -> Void
  /// Rejects new runs and returns when the running ones have ended, or at the timeout.
  public var drain: @Sendable () async -> Void

  public init(
    chat: any ChatService, sessions: any SessionService, agents: any AgentService, status: any StatusService,
    models: any ModelCatalog, cron: any CronService, feed: any EventFeed, skills: any SkillService = NoSkills(),
    logs: any LogService = NoLog(), pairing: any PairingService, access: any AccessService,
    apiKeys: any APIKeyService, tenants: any TenantService, users: any UserService,
    secrets: any SecretService, providers: any ProviderService, media: any MediaService = NoMedia(),
    stopAccepting: @escaping @Sendable () -> Void = {},
    drain: @escaping @Sendable () async -> Void
  ) {
    self.chat = chat
    self.sessions = sessions
    self.agents = agents
    self.status = status
    self.models = models
    self.cron = cron
    self.feed = feed
    self.skills = skills
    self.logs = logs
    self.pairing = pairing
    self.access = access
    self.apiKeys = apiKeys
    self.tenants = tenants
    self.users = users
    self.secrets = secrets
    self.providers = providers
    self.media = media
    self.stopAccepting = stopAccepting
    self.drain = drain
  }
}
