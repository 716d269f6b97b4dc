/// Pairing: admits a device or a sender of a channel without a token, once an admin has approved it.
public protocol PairingService: Sendable {
  /// Records a device's pairing request and issues its secret.
  /// - Throws: `resourceExhausted` if too many requests are pending, from that address or in the tenant.
  func begin(_ application: PairingApplication) async throws -> IssuedPairing

  /// The status of a secret. Takes the same path for every unknown one.
  func standing(of sender: String) async throws -> SenderStatus

  /// Records the pairing request of a channel's sender, or returns its pending one.
  /// - Throws: `alreadyExists` if it is paired, `resourceExhausted` as ``begin(_:)``.
  func request(_ sender: ChannelSender, from remote: String, as principal: Principal) async throws -> PairingRequest

  /// Pairs the device with this code, which can be used once.
  /// - Parameters:
  ///   - code: Case-insensitive.
  ///   - user: The user the device acts for; nil: the one it claimed, or else the approver.
  ///   - role: `operator` or `viewer`.
  /// - Throws: `notFound` for a code that is unknown, used or expired.
  func approve(_ code: String, user: UserID?, role: Role, as principal: Principal) async throws -> PairedDevice

  /// Pending and paired devices: all of the tenant for admins, otherwise those that concern the principal.
  func list(as principal: Principal) async throws -> PairingList

  /// Revokes a pairing, or rejects a pending one: the secret becomes invalid, and the observer closes the sockets.
  /// - Throws: `notFound`.
  func revoke(_ target: PairingTarget, as principal: Principal) async throws

  /// Sets the observer, which is called for every change after the commit and before the caller's method returns. It
  /// must be short and must not block. There is one observer; a later one replaces it.
  func observe(_ observer: @escaping @Sendable (PairingNotice) -> Void)
}

/// A device's pairing request.
public struct PairingApplication: Sendable {
  public let tenant: TenantID
  /// Chosen in advance, so that the connection can be notified of the decision from the start.
  public let device: DeviceID
  /// The user it claims to act for; unverified.
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

/// A sender in a channel's terms.
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

/// A pending pairing request.
public struct PairingRequest: Sendable, Hashable {
  public let device: DeviceID
  /// For the device and for admins only.
  public let code: String
  public let channel: String
  public let chat: String
  public let account: String
  /// The user it claims to act for.
  public let user: UserID?
  public let remote: String
  /// The user who requested it for a channel's sender; nil for a device's own request.
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

/// A request with its secret, which is not available later: only its hash is stored.
public struct IssuedPairing: Sendable, CustomStringConvertible {
  public let request: PairingRequest
  public let sender: String

  public init(request: PairingRequest, sender: String) {
    self.request = request
    self.sender = sender
  }

  public var description: String { "IssuedPairing(\(request.device))" }
}

/// A paired device.
public struct PairedDevice: Sendable, Hashable {
  public let device: DeviceID
  public let channel: String
  public let chat: String
  public let user: UserID
  /// `operator` or `viewer`.
  public let role: Role
  public let pairedAt: Timestamp
  public let pairedBy: UserID
  /// Nil: it does not expire.
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

/// The status of a secret.
public enum SenderStatus: Sendable {
  case paired(TenantID, PairedDevice)
  case pending(TenantID, PairingRequest)
  /// Never issued, revoked or expired; which of these is not disclosed.
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

/// Selects a pairing.
public enum PairingTarget: Sendable {
  case device(DeviceID)
  case sender(String, channel: String)
}

extension Principal {
  /// Whether the principal may see a request: an admin one that names no user or a user whose objects they may see,
  /// others their own.
  public func maySee(_ request: PairingRequest) -> Bool {
    if seesAllUsers { return true }
    let named = [request.user, request.requestedBy].compactMap(\.self)
    return named.contains(user) || (named.isEmpty && role == .admin)
  }

  /// Whether the principal may decide on a pairing.
  public func mayDecide(on notice: PairingNotice) -> Bool {
    guard role == .admin, !seesAllUsers else { return role == .admin }
    switch notice.change {
    case .requested(let request): return maySee(request)
    case .approved(let device): return device.user == user
    // These notices disclose only that something ended.
    case .rejected, .expired, .revoked: return notice.requestedBy ?? user == user
    }
  }
}

/// A change of a pairing.
public struct PairingNotice: Sendable {
  public enum Change: Sendable {
    case requested(PairingRequest)
    case approved(PairedDevice)
    /// An admin rejected it.
    case rejected
    /// Its code, or the pairing, expired.
    case expired
    case revoked
  }

  public let tenant: TenantID
  public let device: DeviceID
  public let channel: String
  /// The user who requested it, if it was not the device itself.
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
