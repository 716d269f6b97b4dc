/// Who sent the message of a run, and what let them in. Kept with the run: before each of its steps it is looked up
/// again whether they still may.
public struct RunActor: Sendable, Hashable {
  public let user: UserID
  /// The most that the run may do, whatever the credential grants later.
  public let role: Role
  /// Nil for a kind that this version does not know; it grants nothing here.
  public let credential: Credential?

  public init(user: UserID, role: Role, credential: Credential?) {
    self.user = user
    self.role = role
    self.credential = credential
  }

  /// The caller as the actor of a run. The gateway itself acts on behalf of the user; an agent acts for whoever it
  /// acts for already.
  public init(_ principal: Principal) {
    switch principal.credential {
    case .system: self.init(onBehalfOf: principal.user)
    case .agent(_, let actor):
      self.init(user: actor.user, role: min(actor.role, principal.role), credential: actor.credential)
    case .gatewayToken, .apiKey, .device, .onBehalf:
      self.init(user: principal.user, role: principal.role, credential: principal.credential)
    }
  }

  public init(onBehalfOf user: UserID) {
    self.init(user: user, role: .operator_, credential: .onBehalf)
  }
}
