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
}

/// Who acts, and through what. Every call into the engine and the store carries one.
public struct Principal: Sendable, Hashable {
  public let tenant: TenantID
  public let user: UserID
  public let role: Role
  public let origin: Origin

  public init(tenant: TenantID, user: UserID, role: Role, origin: Origin) {
    self.tenant = tenant
    self.user = user
    self.role = role
    self.origin = origin
  }

  /// The user whose things a call touches: the caller's own, or, for admins alone, the one they name.
  /// - Throws: ``ClawError`` with code `forbidden` if someone else than an admin names another user.
  public func acting(for other: UserID?) throws(ClawError) -> UserID {
    guard let other, other != user else { return user }
    guard role == .admin else {
      throw ClawError(.forbidden, "only an admin may name another userId")
    }
    return other
  }
}
