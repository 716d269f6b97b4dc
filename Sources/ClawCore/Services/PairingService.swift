/// Pairing: how a device or a sender of a channel gets in without a token, once an admin has said yes.
public protocol PairingService: Sendable {
  /// Notes that a device asks to be paired and gives it the secret it will be known by.
  /// - Throws: `resourceExhausted` if too many wait already, from that address or in the tenant.
  func begin(_ application: PairingApplication) async throws -> IssuedPairing

  /// Whose secret this is. Takes the same way for every unknown one.
  func standing(of sender: String) async throws -> SenderStatus

  /// Notes that a sender of a channel asks to be paired; the same pending request again if there is one.
  /// - Throws: `alreadyExists` if it is paired, `resourceExhausted` as ``begin(_:)``.
  func request(_ sender: ChannelSender, from remote: String, as principal: Principal) async throws -> PairingRequest

  /// Pairs the device that shows this code, once.
  /// - Parameters:
  ///   - code: In any case.
  ///   - user: Whom the device will act for; nil: whom it claimed, or else the one who approves.
  ///   - role: `operator` or `viewer`.
  /// - Throws: `notFound` for a code that is unknown, used or expired.
  func approve(_ code: String, user: UserID?, role: Role, as principal: Principal) async throws -> PairedDevice

  /// What waits and what is paired: all of the tenant for admins, else what concerns the principal.
  func list(as principal: Principal) async throws -> PairingList

  /// Ends a pairing, or refuses one that waits: the secret is forgotten, and whoever observes closes the sockets.
  /// - Throws: `notFound`.
  func revoke(_ target: PairingTarget, as principal: Principal) async throws

  /// Told of every change once it is durable and before whoever made it learns of it. Must be short and must not
  /// block. There is one observer; a later one takes its place.
  func observe(_ observer: @escaping @Sendable (PairingNotice) -> Void)
}

/// A device that asks to be let in.
public struct PairingApplication: Sendable {
  public let tenant: TenantID
  /// Chosen beforehand, so that whoever holds the socket can be told of what becomes of it from the first moment on.
  public let device: DeviceID
  /// Whom it says it acts for; proves nothing.
  public let user: UserID?
  /// Its network address.
  public let remote: String

  public init(tenant: TenantID, device: DeviceID, user: UserID?, remote: String) {
    self.tenant = tenant
    self.device = device
    self.user = user
    self.remote = remote
  }
}

/// A sender as a channel knows them.
public struct ChannelSender: Sendable {
  public let channel: String
  public let sender: String
  public let chat: String
  public let account: String

  public init(channel: String, sender: String, chat: String, account: String) {
    self.channel = channel
    self.sender = sender
    self.chat = chat
    self.account = account
  }
}

/// A pairing that waits for an admin.
public struct PairingRequest: Sendable, Hashable {
  public let device: DeviceID
  /// For the device and for admins alone.
  public let code: String
  public let channel: String
  public let chat: String
  public let account: String
  /// Whom it claims to act for.
  public let user: UserID?
  public let remote: String
  /// Who asked on behalf of a channel's sender; nil for a device that asked itself.
  public let requestedBy: UserID?
  public let createdAt: Timestamp
  public let expiresAt: Timestamp

  public init(
    device: DeviceID, code: String, channel: String, chat: String, account: String, user: UserID?, remote: String,
    requestedBy: UserID?, createdAt: Timestamp, expiresAt: Timestamp
  ) {
    self.device = device
    self.code = code
    self.channel = channel
    self.chat = chat
    self.account = account
    self.user = user
    self.remote = remote
    self.requestedBy = requestedBy
    self.createdAt = createdAt
    self.expiresAt = expiresAt
  }
}

/// A request with the secret that goes with it. The secret is here and nowhere else: what is kept is its hash.
public struct IssuedPairing: Sendable, CustomStringConvertible {
  public let request: PairingRequest
  public let sender: String

  public init(request: PairingRequest, sender: String) {
    self.request = request
    self.sender = sender
  }

  public var description: String { "IssuedPairing(\(request.device))" }
}

/// A device that was let in.
public struct PairedDevice: Sendable, Hashable {
  public let device: DeviceID
  public let channel: String
  public let chat: String
  public let user: UserID
  /// `operator` or `viewer`.
  public let role: Role
  public let pairedAt: Timestamp
  public let pairedBy: UserID
  /// Nil: it does not end by itself.
  public let expiresAt: Timestamp?

  public init(
    device: DeviceID, channel: String, chat: String, user: UserID, role: Role, pairedAt: Timestamp, pairedBy: UserID,
    expiresAt: Timestamp?
  ) {
    self.device = device
    self.channel = channel
    self.chat = chat
    self.user = user
    self.role = role
    self.pairedAt = pairedAt
    self.pairedBy = pairedBy
    self.expiresAt = expiresAt
  }
}

/// What a secret is good for.
public enum SenderStatus: Sendable {
  case paired(TenantID, PairedDevice)
  case pending(TenantID, PairingRequest)
  /// Never issued, revoked or expired; which of them is nobody's business.
  case unknown
}

public struct PairingList: Sendable {
  public let pending: [PairingRequest]
  public let paired: [PairedDevice]

  public init(pending: [PairingRequest], paired: [PairedDevice]) {
    self.pending = pending
    self.paired = paired
  }
}

/// Which pairing is meant.
public enum PairingTarget: Sendable {
  case device(DeviceID)
  case sender(String, channel: String)
}

extension Principal {
  /// Whether a request is the principal's to see: an admin's that nobody is named by or that is of somebody whose things
  /// they see, and others' own.
  public func maySee(_ request: PairingRequest) -> Bool {
    if seesAllUsers { return true }
    let named = [request.user, request.requestedBy].compactMap(\.self)
    return named.contains(user) || (named.isEmpty && role == .admin)
  }

  /// Whether it is the principal's to say what becomes of a pairing.
  public func mayDecide(on notice: PairingNotice) -> Bool {
    guard role == .admin, !seesAllUsers else { return role == .admin }
    switch notice.change {
    case .requested(let request): return maySee(request)
    case .approved(let device): return device.user == user
    // What is left of these tells nothing but that something ended.
    case .rejected, .expired, .revoked: return notice.requestedBy ?? user == user
    }
  }
}

/// A change of a pairing.
public struct PairingNotice: Sendable {
  public enum Change: Sendable {
    case requested(PairingRequest)
    case approved(PairedDevice)
    /// An admin refused it.
    case rejected
    /// Its code, or the pairing, ran out.
    case expired
    case revoked
  }

  public let tenant: TenantID
  public let device: DeviceID
  public let channel: String
  /// Who asked for it, if it was not the device itself.
  public let requestedBy: UserID?
  public let change: Change

  public init(tenant: TenantID, device: DeviceID, channel: String, requestedBy: UserID?, change: Change) {
    self.tenant = tenant
    self.device = device
    self.channel = channel
    self.requestedBy = requestedBy
    self.change = change
  }
}
