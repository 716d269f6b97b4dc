import ClawCore
import ClawStore
import Logging
import Synchronization

/// Stores pairing requests and paired devices, see ``PairingService``.
public final class StorePairingService: PairingService {
  /// Size limit of the secret or name of a channel's sender, in bytes.
  private static let maxSenderBytes = 255
  /// Requests or devices removed in one transaction.
  private static let batch = 100
  /// A code in use is drawn again; with a few hundred of 31⁸ in use, this many draws are never needed.
  private static let maxDraws = 20

  let store: Store
  let configuration: PairingConfiguration
  private let peers: Peers
  private let access: StoreAccessService
  let time: TimeSource
  let logger: Logger
  let news = AnnouncedPairings()
  private let room = PairingCapacity()
  /// When this node started.
  let start: Timestamp
  private let observer = Mutex<(@Sendable (PairingNotice) -> Void)?>(nil)

  init(
    store: Store, configuration: PairingConfiguration, access: StoreAccessService, peers: Peers, time: TimeSource,
    logger: Logger
  ) {
    self.store = store
    self.access = access
    self.peers = peers
    start = time.now
    self.configuration = configuration
    self.time = time
    self.logger = logger
  }

  public func observe(_ observer: @escaping @Sendable (PairingNotice) -> Void) {
    self.observer.withLock { $0 = observer }
  }

  // MARK: - Requests

  public func begin(_ application: PairingApplication) async throws -> IssuedPairing {
    let now = time.now
    let sender = PairingSecret.sender()
    let hash = PairingSecret.hash(of: sender, on: PairingSecret.socketChannel)
    try await checkRoom(application, at: now)
    let request = try await store.tenant(application.tenant).write { [self] transaction in
      let request = try add(
        PairingRequest(
          device: application.device, code: "", channel: PairingSecret.socketChannel, chat: "", account: "default",
          user: application.user, remote: application.remote, requestedBy: nil, createdAt: now,
          expiresAt: now + configuration.codeLifetime), hash, in: transaction)
      try transaction.credentials.add(hash, tenant: application.tenant, device: application.device)
      return request
    }
    logger.notice("pairing.requested", metadata: ["device": "\(request.device)", "remote": "\(request.remote)"])
    return IssuedPairing(request: request, sender: sender)
  }

  /// Rejects a request at the limit without a write, and mostly without a read.
  private func checkRoom(_ application: PairingApplication, at now: Timestamp) async throws {
    let (tenant, remote) = (application.tenant, application.remote)
    guard !room.isKnownFull(tenant, from: remote) else { throw Self.noRoom }
    let (own, all) = try await store.tenant(tenant).read { transaction in
      (
        try transaction.pairingRequests.count(from: remote, at: now), try transaction.pairingRequests.count(at: now)
      )
    }
    if all >= configuration.maxPending {
      room.noteFull(tenant, from: nil)
    } else if own >= configuration.maxPendingPerAddress {
      room.noteFull(tenant, from: remote)
    } else {
      return
    }
    throw Self.noRoom
  }

  /// The error for unauthenticated devices, the same for both limits.
  private static let noRoom = ClawError(.resourceExhausted, "too many pairing requests are pending")

  public func request(
    _ sender: ChannelSender, from remote: String, as principal: Principal
  ) async throws -> PairingRequest {
    let now = time.now
    let hash = PairingSecret.hash(of: sender.sender, on: sender.channel)
    return try await store.tenant(principal.tenant).write { [self] transaction in
      guard try transaction.pairedDevices.device(senderHash: hash, at: now) == nil else {
        throw ClawError(.alreadyExists, "this sender is paired already; revoke that pairing first")
      }
      if let known = try transaction.pairingRequests.request(senderHash: hash, at: now) { return known.request }
      return try add(
        PairingRequest(
          device: .generate(at: now), code: "", channel: sender.channel, chat: sender.chat, account: sender.account,
          user: nil, remote: remote, requestedBy: principal.user, createdAt: now,
          expiresAt: now + configuration.codeLifetime), hash, in: transaction)
    }
  }

  /// Stores a request under a code of its own, unless a limit is reached.
  private func add(
    _ draft: PairingRequest, _ senderHash: String, in transaction: TenantTransaction
  ) throws -> PairingRequest {
    let requests = transaction.pairingRequests
    let (own, all) = (configuration.maxPendingPerAddress, configuration.maxPending)
    guard try requests.count(from: draft.remote, at: draft.createdAt) < own else {
      throw try full("\(own) devices of this address wait for their pairing already", transaction, draft.createdAt)
    }
    guard try requests.count(at: draft.createdAt) < all else {
      throw try full("\(all) devices wait for their pairing already", transaction, draft.createdAt)
    }
    for _ in 1...Self.maxDraws {
      let request = PairingRequest(
        device: draft.device, code: PairingSecret.code(), channel: draft.channel, chat: draft.chat,
        account: draft.account, user: draft.user, remote: draft.remote, requestedBy: draft.requestedBy,
        createdAt: draft.createdAt, expiresAt: draft.expiresAt)
      guard try requests.add(request, senderHash: senderHash) else { continue }
      announce(.requested(request), of: request, in: transaction)
      return request
    }
    throw ClawError(.unavailable, "no pairing code is free; try again", retryAfter: .seconds(1))
  }

  /// The limit is free again when the first request expires or an admin decides.
  private func full(_ message: String, _ transaction: TenantTransaction, _ now: Timestamp) throws -> ClawError {
    let first = try transaction.pairingRequests.pending(at: now, limit: 1).first?.request.expiresAt ?? now
    return ClawError(
      .resourceExhausted, "\(message); an admin can approve or refuse them", retryAfter: max(first - now, .seconds(1)))
  }

  // MARK: - Lookup

  public func standing(of sender: String) async throws -> SenderStatus {
    guard sender.utf8.count <= Self.maxSenderBytes else { return .unknown }
    let hash = PairingSecret.hash(of: sender, on: PairingSecret.socketChannel)
    let owner = try await store.node.read { try $0.credentials.owner(of: hash) }
    guard let owner else { return .unknown }
    let now = time.now
    return try await store.tenant(owner.tenant).read { transaction in
      if let paired = try transaction.pairedDevices.device(owner.device, at: now) {
        return .paired(owner.tenant, paired.device)
      }
      if let pending = try transaction.pairingRequests.request(of: owner.device, at: now) {
        return .pending(owner.tenant, pending.request)
      }
      return .unknown
    }
  }

  public func list(as principal: Principal) async throws -> PairingList {
    let now = time.now
    let limit = configuration.maxPending
    let (pending, paired) = try await store.tenant(principal.tenant).read { transaction in
      (
        try transaction.pairingRequests.pending(at: now, limit: limit).map(\.request),
        try transaction.pairedDevices.all(at: now)
      )
    }
    return PairingList(pending: pending.filter(principal.maySee), paired: paired.filter { principal.maySee($0.user) })
  }

  // MARK: - Decisions

  public func approve(_ code: String, user: UserID?, role: Role, as principal: Principal) async throws -> PairedDevice {
    guard let code = PairingSecret.code(typed: code) else { throw Self.unknownCode }
    guard role < .admin else { throw ClawError(.invalidRequest, "a device can be operator or viewer") }
    let now = time.now
    let lifetime = configuration.deviceLifetime
    let device = try await store.tenant(principal.tenant).write { [self] transaction in
      guard let (request, hash) = try transaction.pairingRequests.request(code: code, at: now),
        principal.maySee(request)
      else { throw Self.unknownCode }
      let user = user ?? request.user ?? principal.user
      guard !principal.isBound || user == principal.user else {
        throw ClawError(
          .forbidden, "your credential is bound to the user \(principal.user), so the device has to be, too")
      }
      // Like a key, a pairing expires no later than the credential that approved it.
      let ends = [lifetime > .zero ? now + lifetime : nil, principal.expiresAt].compactMap(\.self)
      let device = PairedDevice(
        device: request.device, channel: request.channel, chat: request.chat, user: user, role: role, pairedAt: now,
        pairedBy: principal.user, expiresAt: ends.min())
      try transaction.pairingRequests.remove(request.device)
      try transaction.pairedDevices.add(device, account: request.account, senderHash: hash)
      announce(.approved(device), of: request, in: transaction)
      return device
    }
    logger.notice(
      "pairing.approved",
      metadata: ["device": "\(device.device)", "user": "\(device.user)", "role": "\(role.rawValue)"])
    return device
  }

  private static let unknownCode = ClawError(.notFound, "no pairing waits under this code; it may have expired")

  public func revoke(_ target: PairingTarget, as principal: Principal) async throws {
    let now = time.now
    let device = try await store.tenant(principal.tenant).write { [self] transaction in
      if let (device, hash) = try Self.paired(target, in: transaction, now), principal.maySee(device.user) {
        try transaction.pairedDevices.remove(device.device)
        try transaction.credentials.remove(hash)
        announce(.revoked, of: device, in: transaction)
        // Its runs are stopped, too.
        access.announceChange(in: transaction)
        return device.device
      }
      guard let (request, hash) = try Self.pending(target, in: transaction, now), principal.maySee(request) else {
        throw ClawError(.notFound, "no such device")
      }
      try transaction.pairingRequests.remove(request.device)
      try transaction.credentials.remove(hash)
      announce(.rejected, of: request, in: transaction)
      return request.device
    }
    logger.notice("pairing.revoked", metadata: ["device": "\(device)"])
  }

  private static func paired(
    _ target: PairingTarget, in transaction: TenantTransaction, _ now: Timestamp
  ) throws -> PairedDevices.Stored? {
    switch target {
    case .device(let id): try transaction.pairedDevices.device(id, at: now)
    case .sender(let sender, let channel):
      try transaction.pairedDevices.device(senderHash: PairingSecret.hash(of: sender, on: channel), at: now)
    }
  }

  private static func pending(
    _ target: PairingTarget, in transaction: TenantTransaction, _ now: Timestamp
  ) throws -> PairingRequests.Stored? {
    switch target {
    case .device(let id): try transaction.pairingRequests.request(of: id, at: now)
    case .sender(let sender, let channel):
      try transaction.pairingRequests.request(senderHash: PairingSecret.hash(of: sender, on: channel), at: now)
    }
  }

  // MARK: - Expiry

  /// Removes expired rows periodically, until cancelled.
  func run(_ duty: LeasedTask) async {
    while (try? await Task.sleep(for: configuration.checkInterval)) != nil {
      do {
        try await duty.perform(every: configuration.checkInterval) { [self] in try await removeExpired() }
      } catch {
        guard !Task.isCancelled else { return }
        logger.warning("pairing.expiry_failed", metadata: ["error": "\(error)"])
      }
    }
  }

  func removeExpired() async throws {
    let now = time.now
    try await store.eachTenant { [logger] tenant, error in
      logger.warning("pairing.expiry_failed", metadata: ["tenant": "\(tenant)", "error": "\(error)"])
    } _: { [self] tenant in
      let database = store.tenant(tenant)
      // Mostly nothing has expired, which a read shows without a write.
      while try await database.read({ try Self.hasExpired($0, now) }) {
        try await database.write { [self] transaction in
          for (request, hash) in try transaction.pairingRequests.expired(at: now, limit: Self.batch) {
            try transaction.pairingRequests.remove(request.device)
            try transaction.credentials.remove(hash)
            announce(.expired, of: request, in: transaction)
          }
          for (device, hash) in try transaction.pairedDevices.expired(at: now, limit: Self.batch) {
            try transaction.pairedDevices.remove(device.device)
            try transaction.credentials.remove(hash)
            announce(.expired, of: device, in: transaction)
          }
        }
      }
    }
  }

  private static func hasExpired(_ transaction: TenantTransaction, _ now: Timestamp) throws -> Bool {
    let isOver = try transaction.pairingRequests.expired(at: now, limit: 1).isEmpty
    return try !isOver || !transaction.pairedDevices.expired(at: now, limit: 1).isEmpty
  }

  // MARK: - Notifications

  private func announce(_ change: PairingNotice.Change, of request: PairingRequest, in transaction: TenantTransaction) {
    announce(Self.notice(of: request, change, in: transaction.tenant), in: transaction)
  }

  private func announce(_ change: PairingNotice.Change, of device: PairedDevice, in transaction: TenantTransaction) {
    announce(
      PairingNotice(
        tenant: transaction.tenant, device: device.device, channel: device.channel, requestedBy: nil, change: change),
      in: transaction)
  }

  private func announce(_ notice: PairingNotice, in transaction: TenantTransaction) {
    transaction.afterCommit { [self] in
      tell(notice)
      peers.notify(.pairing(notice.tenant, notice.hint))
    }
  }

  /// Notifies the observer of a change that is new on this node.
  func tell(_ notice: PairingNotice) {
    guard news.isNew(notice) else { return }
    room.noteChange(in: notice.tenant)
    observer.withLock { $0 }?(notice)
  }
}
