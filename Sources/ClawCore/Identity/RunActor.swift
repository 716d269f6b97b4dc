/// The sender of a run's message, and their credential. Stored with the run: their authorization is checked again
/// before each step.
public struct RunActor: Sendable, Hashable {
  public let user: UserID
  /// The maximum role of the run, whatever the credential grants later.
  public let role: Role
  /// Nil for a kind unknown to this version; it grants nothing here.
  public let credential: Credential?

  public init(user: UserID, role: Role, credential: Credential?) {
    self.user = user
    self.role = role
    self.credential = credential
  }

  /// The caller as the actor of a run. The gateway itself acts on behalf of the user; an agent acts for its own actor.
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
