import ClawJSON

/// The version of the protocol that these types describe.
public enum ProtocolVersion {
  /// What `connect` answers; another version is FAILED_PRECONDITION.
  public static let current = 3
}

/// `connect`: authenticates the connection; must be the first request. A device without a credential is answered with
/// ``Pending``. See contract section 3.
public enum Connect: Method {
  public static let name = "connect"
  public static let role = MethodRole.any
  public static let summary = "Authenticates the connection and agrees on the protocol."

  /// Who connects. Without a token and a paired `sender_id` it asks for a pairing; see contract section 3.
  public struct Params: Codable, Sendable {
    /// The gateway token or an API key (`sck_…`); a wrong one is UNAUTHORIZED and closes the connection.
    public var token: String?
    /// The user to act for, 1 to 255 bytes; `owner` if left out with the gateway token.
    public var user_id: String?
    /// The secret that an earlier, pending answer gave this device.
    public var sender_id: String?
    /// The tenant, for the gateway token; `default` if left out. All other credentials have theirs.
    public var tenant: String?
    /// What connects, for lists and logs.
    public var client: ClientInfo?
    /// A ``Dialect`` by its name; `swiftclaw` if left out.
    public var dialect: String?
    /// The version that the client speaks; ``ProtocolVersion/current`` if left out.
    public var `protocol`: Int?

    /// Without any argument a device asks for its pairing.
    public init(
      token: String? = nil, user_id: String? = nil, sender_id: String? = nil, tenant: String? = nil,
      client: ClientInfo? = nil, dialect: String? = nil, protocol version: Int? = nil
    ) {
      self.token = token
      self.user_id = user_id
      self.sender_id = sender_id
      self.tenant = tenant
      self.client = client
      self.dialect = dialect
      self.protocol = version
    }
  }

  /// The program that connects; nothing is concluded from it.
  public struct ClientInfo: Codable, Sendable {
    /// Such as `ClawClient`.
    public var name: String?
    /// In the program's own counting.
    public var version: String?
    /// Either may be unknown.
    public init(name: String?, version: String?) {
      self.name = name
      self.version = version
    }
  }

  /// The connection is authenticated.
  public struct Result: Codable, Sendable {
    /// The version that both speak from here on: 3.
    public var `protocol`: Int
    /// `admin`, `operator` or `viewer`.
    public var role: String
    /// The user that this connection acts for.
    public var user_id: String
    /// The tenant that all its requests are about.
    public var tenant: String
    /// The gateway that answered.
    public var server: ServerInfo
    /// This connection in the server's log.
    public var connection_id: String
    /// What the connection has to keep to.
    public var limits: Limits

    /// The answer to a credential that was accepted.
    public init(
      protocol version: Int, role: String, user_id: String, tenant: String, server: ServerInfo,
      connection_id: String, limits: Limits
    ) {
      self.protocol = version
      self.role = role
      self.user_id = user_id
      self.tenant = tenant
      self.server = server
      self.connection_id = connection_id
      self.limits = limits
    }
  }

  /// The answer to a device that has to be let in first. It is not authenticated.
  public struct Pending: Codable, Sendable {
    /// The version that the server speaks: 3.
    public var `protocol`: Int
    /// Always `pending_pairing`.
    public var status: String
    /// What an admin approves.
    public var pairing_code: String
    /// The device's secret; it connects with it once it is approved.
    public var sender_id: String
    /// When the code expires, Unix milliseconds: after an hour by default.
    public var expires_at: Int64
    /// The gateway that answered.
    public var server: ServerInfo

    /// The answer, with `pending_pairing` filled in.
    public init(
      protocol version: Int, pairing_code: String, sender_id: String, expires_at: Int64, server: ServerInfo
    ) {
      self.protocol = version
      status = "pending_pairing"
      self.pairing_code = pairing_code
      self.sender_id = sender_id
      self.expires_at = expires_at
      self.server = server
    }
  }

  /// The server's program.
  public struct ServerInfo: Codable, Sendable {
    /// The program: `swiftclaw`.
    public var name: String
    /// The version of the program, such as `0.2.0`.
    public var version: String
    /// Told before anything else is known about the client.
    public init(name: String, version: String) {
      self.name = name
      self.version = version
    }
  }

  /// Bounds of one connection, in bytes.
  public struct Limits: Codable, Sendable {
    /// The largest message that the server takes; a larger one closes the connection with 1009.
    public var max_frame_bytes: Int
    /// What may wait for a slow reader; beyond it the server closes with 1013 and the client resumes.
    public var max_queue_bytes: Int
    /// Both as they are configured.
    public init(max_frame_bytes: Int, max_queue_bytes: Int) {
      self.max_frame_bytes = max_frame_bytes
      self.max_queue_bytes = max_queue_bytes
    }
  }
}

/// The two ways in which events are written; one per connection.
public enum Dialect: String, Sendable, Codable, CaseIterable {
  /// Event names at the top level.
  case flat = "swiftclaw"
  /// Everything inside one event `agent`.
  case goclaw
}
