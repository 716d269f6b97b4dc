/// What a caller may do; each role includes the ones below it.
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

/// Through what a caller came. Kept apart from who acts, so that a synthetic sender never passes for a person.
public enum Origin: String, Sendable, Codable {
  case webSocket = "ws"
  case http
  case cron
  case commandLine = "cli"
  case system
  /// An entrance that this version does not know.
  case other
}

/// What let a caller in. It says what the caller may hand on, and whether they are still let in later.
public enum Credential: Sendable, Hashable {
  /// No caller from outside: the gateway itself. Never made from stored text.
  case system
  /// No credential, but a user on whose behalf the gateway acts, as for a scheduled job. Good for as long as the user
  /// and the tenant are.
  case onBehalf
  /// An agent that acts in a run. It may nothing that whoever sent the message may not.
  indirect case agent(run: RunID, actor: RunActor)
  /// The gateway's own token: admin of every tenant.
  case gatewayToken
  case apiKey(KeyGrant)
  case device(DeviceID)
}

extension Credential {
  /// Whether it is good for one user alone.
  public var isBound: Bool {
    switch self {
    case .apiKey(let grant): grant.user != nil
    case .device, .onBehalf, .agent: true
    case .system, .gatewayToken: false
    }
  }

  /// When it ends by itself; nil if it does not.
  public var expiresAt: Timestamp? {
    switch self {
    case .apiKey(let grant): grant.expiresAt
    case .agent(_, let actor): actor.credential?.expiresAt
    case .system, .gatewayToken, .device, .onBehalf: nil
    }
  }
}

/// What an API key is good for.
public struct KeyGrant: Sendable, Hashable {
  public let key: APIKeyID
  /// Whom alone it acts for; nil: for whomever its holder names.
  public let user: UserID?
  /// Nil: it does not end by itself.
  public let expiresAt: Timestamp?

  public init(key: APIKeyID, user: UserID?, expiresAt: Timestamp?) {
    self.key = key
    self.user = user
    self.expiresAt = expiresAt
  }
}

/// Who acts, and through what. Every call into the engine and the store carries one.
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

  /// Whether the credential is good for this one user.
  public var isBound: Bool { credential.isBound }

  /// Whether the things of all users of the tenant are the principal's to see and to touch: an admin's whose credential
  /// is not bound to one user.
  public var seesAllUsers: Bool { role == .admin && !isBound }

  /// Whether the things of a user (sessions, runs, jobs, pairings) are the principal's to see.
  public func maySee(_ other: UserID) -> Bool { user == other || seesAllUsers }

  /// When the credential ends by itself; nil if it does not.
  public var expiresAt: Timestamp? { credential.expiresAt }

  /// The user whose things a call touches: the caller's own, or, for admins alone, the one they name.
  /// - Throws: ``ClawError`` with code `forbidden` if someone else than an admin names another user, or if the
  ///   credential is good for one user alone.
  public func acting(for other: UserID?) throws(ClawError) -> UserID {
    guard let other, other != user else { return user }
    guard role == .admin else {
      throw ClawError(.forbidden, "only an admin may name another user")
    }
    guard !isBound else { throw ClawError(.forbidden, "this credential is bound to the user \(user)") }
    return other
  }
}
