import ClawCore

/// Pairing requests that wait for an admin. Expired ones are never returned, whether or not they were removed yet.
public struct PairingRequests {
  /// A request with the hash of its sender.
  public typealias Stored = (request: PairingRequest, senderHash: String)

  let transaction: TenantTransaction

  private static let insert = TenantStatement(
    """
    INSERT INTO pairing_requests
      (tenant_id, device_id, code, sender_hash, channel, chat_id, account_id, user_id, remote, requested_by,
       created_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
    ON CONFLICT (tenant_id, code) DO NOTHING
    """)
  private static let byDevice = TenantStatement(
    """
    SELECT device_id, code, sender_hash, channel, chat_id, account_id, user_id, remote, requested_by, created_at,
      expires_at
    FROM pairing_requests WHERE tenant_id = $1 AND device_id = $2 AND expires_at > $3
    """)
  private static let byCode = TenantStatement(
    """
    SELECT device_id, code, sender_hash, channel, chat_id, account_id, user_id, remote, requested_by, created_at,
      expires_at
    FROM pairing_requests WHERE tenant_id = $1 AND code = $2 AND expires_at > $3
    """)
  private static let bySender = TenantStatement(
    """
    SELECT device_id, code, sender_hash, channel, chat_id, account_id, user_id, remote, requested_by, created_at,
      expires_at
    FROM pairing_requests WHERE tenant_id = $1 AND sender_hash = $2 AND expires_at > $3
    """)
  private static let pending = TenantStatement(
    """
    SELECT device_id, code, sender_hash, channel, chat_id, account_id, user_id, remote, requested_by, created_at,
      expires_at
    FROM pairing_requests WHERE tenant_id = $1 AND expires_at > $2 ORDER BY expires_at LIMIT $3
    """)
  private static let expired = TenantStatement(
    """
    SELECT device_id, code, sender_hash, channel, chat_id, account_id, user_id, remote, requested_by, created_at,
      expires_at
    FROM pairing_requests WHERE tenant_id = $1 AND expires_at <= $2 ORDER BY expires_at LIMIT $3
    """)
  private static let count = TenantStatement(
    "SELECT COUNT(*) FROM pairing_requests WHERE tenant_id = $1 AND expires_at > $2")
  private static let countRemote = TenantStatement(
    "SELECT COUNT(*) FROM pairing_requests WHERE tenant_id = $1 AND remote = $2 AND expires_at > $3")
  private static let remove = TenantStatement(
    "DELETE FROM pairing_requests WHERE tenant_id = $1 AND device_id = $2")

  /// False if the code is taken.
  public func add(_ request: PairingRequest, senderHash: String) throws -> Bool {
    try transaction.execute(
      Self.insert, .id(request.device), .text(request.code), .text(senderHash), .text(request.channel),
      .text(request.chat), .text(request.account), .optional(request.user?.rawValue), .text(request.remote),
      .optional(request.requestedBy?.rawValue), .time(request.createdAt), .time(request.expiresAt)) == 1
  }

  public func request(of device: DeviceID, at time: Timestamp) throws -> Stored? {
    try transaction.query(Self.byDevice, .id(device), .time(time), read: Self.stored(from:)).first
  }

  public func request(code: String, at time: Timestamp) throws -> Stored? {
    try transaction.query(Self.byCode, .text(code), .time(time), read: Self.stored(from:)).first
  }

  public func request(senderHash: String, at time: Timestamp) throws -> Stored? {
    try transaction.query(Self.bySender, .text(senderHash), .time(time), read: Self.stored(from:)).first
  }

  /// Pending requests, the one that expires first at the head.
  public func pending(at time: Timestamp, limit: Int) throws -> [Stored] {
    try transaction.query(Self.pending, .time(time), .int(limit), read: Self.stored(from:))
  }

  /// Expired requests, to be removed.
  public func expired(at time: Timestamp, limit: Int) throws -> [Stored] {
    try transaction.query(Self.expired, .time(time), .int(limit), read: Self.stored(from:))
  }

  public func count(at time: Timestamp) throws -> Int {
    try transaction.query(Self.count, .time(time)) { $0.int(0) }.first ?? 0
  }

  public func count(from remote: String, at time: Timestamp) throws -> Int {
    try transaction.query(Self.countRemote, .text(remote), .time(time)) { $0.int(0) }.first ?? 0
  }

  public func remove(_ device: DeviceID) throws {
    try transaction.execute(Self.remove, .id(device))
  }

  private static func stored(from row: any SQLRow) -> Stored {
    let request = PairingRequest(
      device: row.id(0), code: row.text(1), channel: row.text(3), chat: row.text(4), account: row.text(5),
      user: row.optionalID(6), remote: row.text(7), requestedBy: row.optionalID(8), createdAt: row.time(9),
      expiresAt: row.time(10))
    return (request, row.text(2))
  }
}

extension TenantTransaction {
  public var pairingRequests: PairingRequests { PairingRequests(transaction: self) }
}
