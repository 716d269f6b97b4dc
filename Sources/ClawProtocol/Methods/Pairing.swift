import ClawJSON

/// `browser.pairing.status`: whether a pairing was approved, asked by the device itself while it waits.
public enum BrowserPairingStatus: Method {
  public static let name = "browser.pairing.status"
  public static let role = MethodRole.pending
  public static let summary = "Tells whether a device's pairing was approved."

  /// The device that asks, which need not be authenticated.
  public struct Params: Codable, Sendable {
    /// The secret that the pending answer to `connect` gave it.
    public var sender_id: String
    /// Asks for the device with this secret.
    public init(sender_id: String) { self.sender_id = sender_id }
  }

  /// How the pairing stands now; it may be asked again and again.
  public struct Result: Codable, Sendable {
    /// `pending`, `approved` or `expired`; the last also stands for revoked and unknown.
    public var status: String
    /// One of the three states.
    public init(status: String) { self.status = status }
  }
}

/// `device.pair.request`: a code for the sender of a channel. ALREADY_EXISTS for one that is paired, RESOURCE_EXHAUSTED
/// where 3 of an address or 100 of a tenant wait already.
public enum DevicePairRequest: Method {
  public static let name = "device.pair.request"
  public static let role = MethodRole.operator_
  public static let summary = "Asks for a sender of a channel to be paired; answers with the code to approve."

  /// The sender of a channel who wants in; asking again for the same one gives the same code.
  public struct Params: Codable, Sendable {
    /// The sender as the channel names it, 1 to 255 bytes.
    public var senderId: String
    /// The channel, 1 to 64 bytes.
    public var channel: String
    /// The chat in which the sender asked, at most 255 bytes; empty if left out.
    public var chatId: String?
    /// The account of the channel that was written to, 1 to 255 bytes; `default` if left out.
    public var accountId: String?

    /// Names the sender; chat and account may be left out.
    public init(senderId: String, channel: String, chatId: String? = nil, accountId: String? = nil) {
      self.senderId = senderId
      self.channel = channel
      self.chatId = chatId
      self.accountId = accountId
    }
  }

  /// The code to show to whoever approves.
  public struct Result: Codable, Sendable {
    /// 8 letters and digits, for one use; compared without regard to case.
    public var code: String
    /// When the code expires, Unix milliseconds: after an hour by default.
    public var expiresAtMs: Int64
    /// The code that was issued, or that is still open.
    public init(code: String, expiresAtMs: Int64) {
      self.code = code
      self.expiresAtMs = expiresAtMs
    }
  }
}

/// `device.pair.approve`: the device that shows the code may connect from now on, with its `sender_id`.
public enum DevicePairApprove: Method {
  public static let name = "device.pair.approve"
  public static let role = MethodRole.admin
  public static let summary = "Pairs the device that shows this code."

  /// Which code, and what the device may do.
  public struct Params: Codable, Sendable {
    /// As the device shows it, in any case; an unknown or expired one is NOT_FOUND.
    public var code: String
    /// The user that the device acts for; the one that it claimed if left out.
    public var userId: String?
    /// `operator` (the default) or `viewer`.
    public var role: String?

    /// Makes the device an operator for the user that it claimed, unless told otherwise.
    public init(code: String, userId: String? = nil, role: String? = nil) {
      self.code = code
      self.userId = userId
      self.role = role
    }
  }

  /// The pairing, which holds from now on.
  public struct Result: Codable, Sendable {
    /// The device with its user and role.
    public var paired: DevicePairList.Paired
    /// Answers with the stored pairing.
    public init(paired: DevicePairList.Paired) { self.paired = paired }
  }
}

/// `device.pair.list`: who waits for approval and who is paired. Codes are shown to admins alone.
public enum DevicePairList: Method {
  public static let name = "device.pair.list"
  public static let role = MethodRole.operator_
  public static let summary = "Lists devices that wait for their pairing and those that are paired."

  public typealias Params = NoParams

  /// Both lists; what is expired is in neither.
  public struct Result: Codable, Sendable {
    /// Those that wait, the one that expires first at the head.
    public var pending: [Pending]
    /// Those that are paired, the newest first.
    public var paired: [Paired]
    /// The lists as the caller may see them.
    public init(pending: [Pending], paired: [Paired]) {
      self.pending = pending
      self.paired = paired
    }
  }

  /// One that waits.
  public struct Pending: Codable, Sendable {
    /// For admins alone.
    public var code: String?
    /// A public id; no secret, and not what the device connects with.
    public var device_id: String
    /// `browser` for a device that asked itself, else the channel of the sender.
    public var channel: String
    /// The chat in which the sender asked; empty for a browser.
    public var chat_id: String
    /// The account of the channel that was written to.
    public var account_id: String
    /// Whom the device claims to act for.
    public var user_id: String?
    /// The network address that the request came from, behind trusted proxies.
    public var remote: String
    /// Unix milliseconds.
    public var created_at: Int64
    /// When the code expires, Unix milliseconds.
    public var expires_at: Int64

    /// The code is passed for admins only.
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

  /// One that was let in.
  public struct Paired: Codable, Sendable {
    /// The id that it had while it waited.
    public var device_id: String
    /// `browser` for a device that asked itself, else the channel of the sender.
    public var channel: String
    /// The chat in which the sender asked; empty for a browser.
    public var chat_id: String
    /// The one user that it acts for.
    public var user_id: String
    /// `operator` or `viewer`.
    public var role: String
    /// Unix milliseconds.
    public var paired_at: Int64
    /// The user who approved it.
    public var paired_by: String
    /// Left out if the pairing does not end by itself.
    public var expires_at: Int64?

    /// The pairing as it is stored.
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

/// `device.pair.revoke`: ends a pairing, or refuses one that waits, and closes the device's connections with 1008.
public enum DevicePairRevoke: Method {
  public static let name = "device.pair.revoke"
  public static let role = MethodRole.admin
  public static let summary = "Ends a pairing and closes the device's connections, or refuses one that waits."

  /// Which device, paired or waiting.
  public struct Params: Codable, Sendable {
    /// The public id from `device.pair.list`.
    public var deviceId: String?
    /// Together with `channel`, instead of `deviceId`.
    public var senderId: String?
    /// The channel of ``senderId``.
    public var channel: String?

    /// Either the device, or the sender with the channel, has to be given.
    public init(deviceId: String? = nil, senderId: String? = nil, channel: String? = nil) {
      self.deviceId = deviceId
      self.senderId = senderId
      self.channel = channel
    }
  }

  /// Says that the device is let in no more.
  public struct Result: Codable, Sendable {
    /// Always true; an unknown device is NOT_FOUND.
    public var revoked: Bool
    /// The answer once its connections are closed.
    public init(revoked: Bool) { self.revoked = revoked }
  }
}
