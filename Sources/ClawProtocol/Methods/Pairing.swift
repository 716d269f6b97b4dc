import ClawJSON

/// Asks how one's own pairing stands.
public enum BrowserPairingStatus: Method {
  public static let name = "browser.pairing.status"
  public static let role = MethodRole.pending
  public static let summary = "Tells whether a device's pairing was approved."

  public struct Params: Codable, Sendable {
    public var sender_id: String
    public init(sender_id: String) { self.sender_id = sender_id }
  }

  public struct Result: Codable, Sendable {
    /// `pending`, `approved` or `expired`; the last also stands for revoked and unknown.
    public var status: String
    public init(status: String) { self.status = status }
  }
}

/// Asks for a code on behalf of a channel's sender.
public enum DevicePairRequest: Method {
  public static let name = "device.pair.request"
  public static let role = MethodRole.operator_
  public static let summary = "Asks for a sender of a channel to be paired; answers with the code to approve."

  public struct Params: Codable, Sendable {
    public var senderId: String
    public var channel: String
    public var chatId: String?
    public var accountId: String?

    public init(senderId: String, channel: String, chatId: String? = nil, accountId: String? = nil) {
      self.senderId = senderId
      self.channel = channel
      self.chatId = chatId
      self.accountId = accountId
    }
  }

  public struct Result: Codable, Sendable {
    public var code: String
    public var expiresAtMs: Int64
    public init(code: String, expiresAtMs: Int64) {
      self.code = code
      self.expiresAtMs = expiresAtMs
    }
  }
}

/// Lets a device in.
public enum DevicePairApprove: Method {
  public static let name = "device.pair.approve"
  public static let role = MethodRole.admin
  public static let summary = "Pairs the device that shows this code."

  public struct Params: Codable, Sendable {
    public var code: String
    public var userId: String?
    /// `operator` (the default) or `viewer`.
    public var role: String?

    public init(code: String, userId: String? = nil, role: String? = nil) {
      self.code = code
      self.userId = userId
      self.role = role
    }
  }

  public struct Result: Codable, Sendable {
    public var paired: DevicePairList.Paired
    public init(paired: DevicePairList.Paired) { self.paired = paired }
  }
}

/// Lists devices.
public enum DevicePairList: Method {
  public static let name = "device.pair.list"
  public static let role = MethodRole.operator_
  public static let summary = "Lists devices that wait for their pairing and those that are paired."

  public typealias Params = NoParams

  public struct Result: Codable, Sendable {
    public var pending: [Pending]
    public var paired: [Paired]
    public init(pending: [Pending], paired: [Paired]) {
      self.pending = pending
      self.paired = paired
    }
  }

  /// One that waits.
  public struct Pending: Codable, Sendable {
    /// For admins alone.
    public var code: String?
    public var device_id: String
    public var channel: String
    public var chat_id: String
    public var account_id: String
    /// Whom the device claims to act for.
    public var user_id: String?
    public var remote: String
    public var created_at: Int64
    public var expires_at: Int64

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
    public var device_id: String
    public var channel: String
    public var chat_id: String
    public var user_id: String
    public var role: String
    public var paired_at: Int64
    public var paired_by: String
    /// Left out if the pairing does not end by itself.
    public var expires_at: Int64?

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

/// Ends a pairing.
public enum DevicePairRevoke: Method {
  public static let name = "device.pair.revoke"
  public static let role = MethodRole.admin
  public static let summary = "Ends a pairing and closes the device's connections, or refuses one that waits."

  public struct Params: Codable, Sendable {
    public var deviceId: String?
    /// Together with `channel`, instead of `deviceId`.
    public var senderId: String?
    public var channel: String?

    public init(deviceId: String? = nil, senderId: String? = nil, channel: String? = nil) {
      self.deviceId = deviceId
      self.senderId = senderId
      self.channel = channel
    }
  }

  public struct Result: Codable, Sendable {
    public var revoked: Bool
    public init(revoked: Bool) { self.revoked = revoked }
  }
}
