import ClawJSON

/// `browser.pairing.status`: whether a pairing was approved, for the pending device itself.
public enum BrowserPairingStatus: Method {
  public static let name = "browser.pairing.status"
  public static let role = MethodRole.pending
  public static let summary = "Returns the status of a device's pairing."

  /// The device, which need not be authenticated.
  public struct Params: Codable, Sendable {
    /// The secret from the pending response to `connect`.
    public var sender_id: String
    /// Selects the device with this secret.
    public init(sender_id: String) { self.sender_id = sender_id }
  }

  /// The current status of the pairing; may be polled.
  public struct Result: Codable, Sendable {
    /// `pending`, `approved` or `expired`; the last also stands for revoked and unknown.
    public var status: String
    /// One of the three states.
    public init(status: String) { self.status = status }
  }
}

/// `device.pair.request`: creates a code for the sender of a channel. ALREADY_EXISTS for one that is paired,
/// RESOURCE_EXHAUSTED if 3 requests of an address or 100 of a tenant are pending.
public enum DevicePairRequest: Method {
  public static let name = "device.pair.request"
  public static let role = MethodRole.operator_
  public static let summary = "Asks for a sender of a channel to be paired; answers with the code to approve."

  /// The sender of a channel to be paired; a repeated request for the same one returns the same code.
  public struct Params: Codable, Sendable {
    /// The sender's id in the channel, 1 to 255 bytes.
    public var senderId: String
    /// The channel, 1 to 64 bytes.
    public var channel: String
    /// The chat of the request, at most 255 bytes; empty if omitted.
    public var chatId: String?
    /// The channel's account that received the message, 1 to 255 bytes; `default` if omitted.
    public var accountId: String?

    /// Selects the sender; chat and account are optional.
    public init(senderId: String, channel: String, chatId: String? = nil, accountId: String? = nil) {
      self.senderId = senderId
      self.channel = channel
      self.chatId = chatId
      self.accountId = accountId
    }
  }

  /// The code for the approving admin.
  public struct Result: Codable, Sendable {
    /// 8 letters and digits, for one use; case-insensitive.
    public var code: String
    /// When the code expires, Unix milliseconds: after an hour by default.
    public var expiresAtMs: Int64
    /// The code that was issued, or that is still valid.
    public init(code: String, expiresAtMs: Int64) {
      self.code = code
      self.expiresAtMs = expiresAtMs
    }
  }
}

/// `device.pair.approve`: lets the device with this code connect from now on, with its `sender_id`.
public enum DevicePairApprove: Method {
  public static let name = "device.pair.approve"
  public static let role = MethodRole.admin
  public static let summary = "Pairs the device that shows this code."

  /// The code, and the device's user and role.
  public struct Params: Codable, Sendable {
    /// The code shown by the device, case-insensitive; an unknown or expired one is NOT_FOUND.
    public var code: String
    /// The user that the device acts for; the claimed one if omitted.
    public var userId: String?
    /// `operator` (the default) or `viewer`.
    public var role: String?

    /// By default the device becomes an operator for the claimed user.
    public init(code: String, userId: String? = nil, role: String? = nil) {
      self.code = code
      self.userId = userId
      self.role = role
    }
  }

  /// The pairing, which is valid from now on.
  public struct Result: Codable, Sendable {
    /// The device with its user and role.
    public var paired: DevicePairList.Paired
    /// The result with the stored pairing.
    public init(paired: DevicePairList.Paired) { self.paired = paired }
  }
}

/// `device.pair.list`: pending and paired devices. Only admins see codes.
public enum DevicePairList: Method {
  public static let name = "device.pair.list"
  public static let role = MethodRole.operator_
  public static let summary = "Lists devices that wait for their pairing and those that are paired."

  public typealias Params = NoParams

  /// Both lists, without expired entries.
  public struct Result: Codable, Sendable {
    /// Pending requests, the one that expires first at the head.
    public var pending: [Pending]
    /// Paired devices, newest first.
    public var paired: [Paired]
    /// The lists as far as the caller may see them.
    public init(pending: [Pending], paired: [Paired]) {
      self.pending = pending
      self.paired = paired
    }
  }

  /// A pending request.
  public struct Pending: Codable, Sendable {
    /// For admins only.
    public var code: String?
    /// A public id; not secret, and not used to connect.
    public var device_id: String
    /// `browser` for a device's own request, otherwise the channel of the sender.
    public var channel: String
    /// The chat of the request; empty for a browser.
    public var chat_id: String
    /// The channel's account that received the message.
    public var account_id: String
    /// The user that the device claims to act for.
    public var user_id: String?
    /// The client's network address, as determined with trusted proxies.
    public var remote: String
    /// Unix milliseconds.
    public var created_at: Int64
    /// When the code expires, Unix milliseconds.
    public var expires_at: Int64

    /// The code is set for admins only.
    public init(
      code: String?, device_id: String, channel: String, chat_id: String, account_id: String, user_id: String?,
      remote: String, created_at: Int64, expires_at: Int64
    ) {
      self.code = code
      self.device_id = device_id
      self.channel = channel
      self.chat_id = chat_id
      self.account_id = account_id
      self.user_id = user_id
      self.remote = remote
      self.created_at = created_at
      self.expires_at = expires_at
    }
  }

  /// An approved device, as `device.pair.list` shows it.
  public struct Paired: Codable, Sendable {
    /// The id from its pending request.
    public var device_id: String
    /// `browser` for a device's own request, otherwise the channel of the sender.
    public var channel: String
    /// The chat of the request; empty for a browser.
    public var chat_id: String
    /// The only user that it acts for.
    public var user_id: String
    /// `operator` or `viewer`.
    public var role: String
    /// Unix milliseconds.
    public var paired_at: Int64
    /// The user who approved it.
    public var paired_by: String
    /// Omitted if the pairing does not expire.
    public var expires_at: Int64?

    /// The stored pairing.
    public init(
      device_id: String, channel: String, chat_id: String, user_id: String, role: String, paired_at: Int64,
      paired_by: String, expires_at: Int64?
    ) {
      self.device_id = device_id
      self.channel = channel
      self.chat_id = chat_id
      self.user_id = user_id
      self.role = role
      self.paired_at = paired_at
      self.paired_by = paired_by
      self.expires_at = expires_at
    }
  }
}

/// `device.pair.revoke`: revokes a pairing, or rejects a pending one, and closes the device's connections with 1008.
public enum DevicePairRevoke: Method {
  public static let name = "device.pair.revoke"
  public static let role = MethodRole.admin
  public static let summary = "Ends a pairing and closes the device's connections, or refuses one that waits."

  /// The device, paired or pending.
  public struct Params: Codable, Sendable {
    /// The public id from `device.pair.list`.
    public var deviceId: String?
    /// Together with `channel`, instead of `deviceId`.
    public var senderId: String?
    /// The channel of ``senderId``.
    public var channel: String?

    /// Either the device, or the sender with the channel, is required.
    public init(deviceId: String? = nil, senderId: String? = nil, channel: String? = nil) {
      self.deviceId = deviceId
      self.senderId = senderId
      self.channel = channel
    }
  }

  /// Confirms that the device can't connect any more.
  public struct Result: Codable, Sendable {
    /// Always true; an unknown device is NOT_FOUND.
    public var revoked: Bool
    /// The result, once its connections are closed.
    public init(revoked: Bool) { self.revoked = revoked }
  }
}

extension MethodCatalog {
  /// `browser.pairing.*` and `device.pair.*`
  static let pairing: [any Method.Type] = [
    BrowserPairingStatus.self, DevicePairRequest.self, DevicePairApprove.self, DevicePairList.self,
    DevicePairRevoke.self,
  ]
}
