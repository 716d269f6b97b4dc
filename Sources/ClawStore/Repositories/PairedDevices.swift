import ClawCore

/// Paired devices. Expired ones are never returned, whether or not they were removed yet.
public struct PairedDevices {
  /// A device with the hash of its sender.
  public typealias Stored = (device: PairedDevice, senderHash: String)

  /// Most devices in a list.
  public static let maxListed = 1000

  let transaction: TenantTransaction

  private static let insert = TenantStatement(
    """
    INSERT INTO paired_devices
      (tenant_id, device_id, sender_hash, channel, chat_id, account_id, user_id, role, paired_at, paired_by, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    """)
  private static let byDevice = TenantStatement(
    """
    SELECT device_id, sender_hash, channel, chat_id, user_id, role, paired_at, paired_by, expires_at
    FROM paired_devices WHERE tenant_id = $1 AND device_id = $2 AND expires_at > $3
    """)
  private static let bySender = TenantStatement(
    """
    SELECT device_id, sender_hash, channel, chat_id, user_id, role, paired_at, paired_by, expires_at
    FROM paired_devices WHERE tenant_id = $1 AND sender_hash = $2 AND expires_at > $3
    """)
  private static let all = TenantStatement(
    """
    SELECT device_id, sender_hash, channel, chat_id, user_id, role, paired_at, paired_by, expires_at
    FROM paired_devices WHERE tenant_id = $1 AND expires_at > $2 ORDER BY device_id DESC LIMIT $3
    """)
  private static let expired = TenantStatement(
    """
    SELECT device_id, sender_hash, channel, chat_id, user_id, role, paired_at, paired_by, expires_at
    FROM paired_devices WHERE tenant_id = $1 AND expires_at <= $2 ORDER BY expires_at LIMIT $3
    """)
  private static let remove = TenantStatement(
    "DELETE FROM paired_devices WHERE tenant_id = $1 AND device_id = $2")
  private static let removeExpiredSender = TenantStatement(
    "DELETE FROM paired_devices WHERE tenant_id = $1 AND sender_hash = $2 AND expires_at <= $3")

  public func add(_ device: PairedDevice, account: String, senderHash: String) throws {
    // Replaces an expired pairing of the same sender that was not removed yet.
    try transaction.execute(Self.removeExpiredSender, .text(senderHash), .time(device.pairedAt))
    try transaction.execute(
      Self.insert, .id(device.device), .text(senderHash), .text(device.channel), .text(device.chat), .text(account),
      .id(device.user), .text(device.role.rawValue), .time(device.pairedAt), .id(device.pairedBy),
      .integer(device.expiresAt?.milliseconds ?? .max))
  }

  public func device(_ id: DeviceID, at time: Timestamp) throws -> Stored? {
    try transaction.query(Self.byDevice, .id(id), .time(time), read: Self.stored(from:)).first
  }

  public func device(senderHash: String, at time: Timestamp) throws -> Stored? {
    try transaction.query(Self.bySender, .text(senderHash), .time(time), read: Self.stored(from:)).first
  }

  /// Newest first, at most `limit`.
  public func all(at time: Timestamp, limit: Int = Self.maxListed) throws -> [PairedDevice] {
    try transaction.query(Self.all, .time(time), .int(limit)) { Self.stored(from: $0).device }
  }

  /// Expired devices, to be removed.
  public func expired(at time: Timestamp, limit: Int) throws -> [Stored] {
    try transaction.query(Self.expired, .time(time), .int(limit), read: Self.stored(from:))
  }

  public func remove(_ id: DeviceID) throws {
    try transaction.execute(Self.remove, .id(id))
  }

  private static func stored(from row: any SQLRow) -> Stored {
    let end = row.integer(8)
    let device = PairedDevice(
      device: row.id(0), channel: row.text(2), chat: row.text(3), user: row.id(4),
      role: Role(rawValue: row.text(5)) ?? .viewer, pairedAt: row.time(6), pairedBy: row.id(7),
      expiresAt: end == .max ? nil : Timestamp(milliseconds: end))
    return (device, row.text(1))
  }
}

extension TenantTransaction {
  public var pairedDevices: PairedDevices { PairedDevices(transaction: self) }
}
