/// The permissions of a caller; each role includes the ones below it.
public enum Role: String, Sendable, Comparable, Codable, CaseIterable {
  case viewer, operator_ = "operator", admin

  private var rank: Int {
    switch self {
    case .viewer: 1
    case .operator_: 2
    case .admin: 3
    }
  }

  public static func < (left: Role, right: Role) -> Bool { left.rank < right.rank }
}

/// The channel of a caller. Separate from the user, so that a synthetic sender can't be taken for a person.
public enum Origin: String, Sendable, Codable {
  case webSocket = "ws"
  case http
  case cron
  case commandLine = "cli"
  case system
  /// A channel unknown to this version.
  case other
}

/// How a caller authenticated. Determines what the caller may delegate, and whether they are still authorized later.
public enum Credential: Sendable, Hashable {
  /// Not an external caller: the gateway itself. Never decoded from stored text.
  case system
  /// No credential, but a user on whose behalf the gateway acts, as for a scheduled job. Valid as long as the user and
  /// the tenant are.
  case onBehalf
  /// An agent acting in a run. It has no permissions that the sender of the message lacks.
  indirect case agent(run: RunID, actor: RunActor)
  /// The gateway token: admin of every tenant.
  case gatewayToken
  case apiKey(KeyGrant)
  case device(DeviceID)
}

extension Credential {
  /// Whether it is valid for one user only.
  public var isBound: Bool {
    switch self {
    case .apiKey(let grant): grant.user != nil
    case .device, .onBehalf, .agent: true
    case .system, .gatewayToken: false
    }
  }

  /// Its expiry; nil if it does not expire.
  public var expiresAt: Timestamp? {
    switch self {
    case .apiKey(let grant): grant.expiresAt
    case .agent(_, let actor): actor.credential?.expiresAt
    case .system, .gatewayToken, .device, .onBehalf: nil
    }
  }
}

/// What an API key grants.
public struct KeyGrant: Sendable, Hashable {
  public let key: APIKeyID
  /// The only user it acts for; nil: any user that its holder names.
  public let user: UserID?
  /// Nil: it does not expire.
  public let expiresAt: Timestamp?

  public init(key: APIKeyID, user: UserID?, expiresAt: Timestamp?) {
    self.key = key
    self.user = user
    self.expiresAt = expiresAt
  }
}

/// The acting user and how they authenticated. Every call into the engine and the store carries one.
public struct Principal: Sendable, Hashable {
  public let tenant: TenantID
  public let user: UserID
  public let role: Role
  public let origin: Origin
  public let credential: Credential

  public init(tenant: TenantID, user: UserID, role: Role, origin: Origin, credential: Credential = .system) {
    self.tenant = tenant
    self.user = user
    self.role = role
    self.origin = origin
    self.credential = credential
  }

  /// Whether the credential is valid for this user only.
  public var isBound: Bool { credential.isBound }

  /// Whether the principal may access the objects of all users of the tenant: an admin whose credential is not bound to
  /// one user.
  public var seesAllUsers: Bool { role == .admin && !isBound }

  /// Whether the principal may see a user's objects (sessions, runs, jobs, pairings).
  public func maySee(_ other: UserID) -> Bool { user == other || seesAllUsers }

  /// The expiry of the credential; nil if it does not expire.
  public var expiresAt: Timestamp? { credential.expiresAt }

  /// The user whose objects a call accesses: the caller or, for admins only, the user they name.
  /// - Throws: ``ClawError`` with code `forbidden` if a caller other than an admin names another user, or if the
  ///   credential is valid for one user only.
  public func acting(for other: UserID?) throws(ClawError) -> UserID {
    guard let other, other != user else { return user }
    guard role == .admin else {
      throw ClawError(.forbidden, "only an admin may name another user")
    }
    guard !isBound else { throw ClawError(.forbidden, "this credential is bound to the user \(user)") }
    return other
  }
}
