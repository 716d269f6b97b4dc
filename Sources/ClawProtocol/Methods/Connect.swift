import ClawJSON

/// The version of the protocol that these types describe.
public enum ProtocolVersion {
  /// The version in the response to `connect`; requesting another one is FAILED_PRECONDITION.
  public static let current = 3
}

/// `connect`: authenticates the connection; must be the first request. A device without a credential gets ``Pending``.
/// See contract section 3.
public enum Connect: Method {
  public static let name = "connect"
  public static let role = MethodRole.any
  public static let summary = "Authenticates the connection and agrees on the protocol."

  /// The client's identity. Without a token and a paired `sender_id` it requests a pairing; see contract section 3.
  public struct Params: Codable, Sendable {
    /// The gateway token or an API key (`sck_…`); an invalid one is UNAUTHORIZED and closes the connection.
    public var token: String?
    /// The user to act for, 1 to 255 bytes; `owner` if omitted with the gateway token.
    public var user_id: String?
    /// The secret from an earlier, pending response to this device.
    public var sender_id: String?
    /// The tenant, for the gateway token; `default` if omitted. All other credentials determine it.
    public var tenant: String?
    /// The client program, for lists and logs.
    public var client: ClientInfo?
    /// The name of a ``Dialect``; `swiftclaw` if omitted.
    public var dialect: String?
    /// The client's protocol version; ``ProtocolVersion/current`` if omitted.
    public var `protocol`: Int?

    /// Without any argument a device requests a pairing.
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

  /// The client program; informational only.
  public struct ClientInfo: Codable, Sendable {
    /// Such as `ClawClient`.
    public var name: String?
    /// In the program's own scheme.
    public var version: String?
    /// Either may be unknown.
    public init(name: String?, version: String?) {
      self.name = name
      self.version = version
    }
  }

  /// The connection is authenticated.
  public struct Result: Codable, Sendable {
    /// The protocol version used from here on: 3.
    public var `protocol`: Int
    /// `admin`, `operator` or `viewer`.
    public var role: String
    /// The user that this connection acts for.
    public var user_id: String
    /// The tenant of all its requests.
    public var tenant: String
    /// The responding gateway.
    public var server: ServerInfo
    /// The connection's id in the server's log.
    public var connection_id: String
    /// Limits of the connection.
    public var limits: Limits

    /// The response to a valid credential.
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

  /// The response to a device that needs approval first. The connection is not authenticated.
  public struct Pending: Codable, Sendable {
    /// The server's protocol version: 3.
    public var `protocol`: Int
    /// Always `pending_pairing`.
    public var status: String
    /// The code that an admin approves.
    public var pairing_code: String
    /// The device's secret, with which it connects after the approval.
    public var sender_id: String
    /// When the code expires, Unix milliseconds: after an hour by default.
    public var expires_at: Int64
    /// The responding gateway.
    public var server: ServerInfo

    /// The response, with `status` set to `pending_pairing`.
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

  /// The server program.
  public struct ServerInfo: Codable, Sendable {
    /// The program's name: `swiftclaw`.
    public var name: String
    /// The program's version, such as `0.2.0`.
    public var version: String
    /// Sent to every client.
    public init(name: String, version: String) {
      self.name = name
      self.version = version
    }
  }

  /// Limits of one connection, in bytes.
  public struct Limits: Codable, Sendable {
    /// The largest accepted message; a larger one closes the connection with 1009.
    public var max_frame_bytes: Int
    /// The outbound queue for a slow reader; beyond it the server closes with 1013 and the client should resume.
    public var max_queue_bytes: Int
    /// Both as configured.
    public init(max_frame_bytes: Int, max_queue_bytes: Int) {
      self.max_frame_bytes = max_frame_bytes
      self.max_queue_bytes = max_queue_bytes
    }
  }
}

/// The two formats of events; one per connection.
public enum Dialect: String, Sendable, Codable, CaseIterable {
  /// Event names at the top level.
  case flat = "swiftclaw"
  /// Everything inside a single event `agent`.
  case goclaw
}

extension MethodCatalog {
  /// `connect`
  static let connecting: [any Method.Type] = [Connect.self]
}
