import ClawJSON

/// Names of protocol versions and of the server.
public enum ProtocolVersion {
  public static let current = 3
}

/// Opens a connection; must be the first request.
public enum Connect: Method {
  public static let name = "connect"
  public static let role = MethodRole.any
  public static let summary = "Authenticates the connection and agrees on the protocol."

  public struct Params: Codable, Sendable {
    public var token: String?
    public var user_id: String?
    public var sender_id: String?
    public var tenant: String?
    public var client: ClientInfo?
    public var dialect: String?
    public var `protocol`: Int?

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

  public struct ClientInfo: Codable, Sendable {
    public var name: String?
    public var version: String?
    public init(name: String?, version: String?) {
      self.name = name
      self.version = version
    }
  }

  public struct Result: Codable, Sendable {
    public var `protocol`: Int
    public var role: String
    public var user_id: String
    public var tenant: String
    public var server: ServerInfo
    public var connection_id: String
    public var limits: Limits

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
    public var `protocol`: Int
    /// `pending_pairing`
    public var status: String
    /// What an admin approves.
    public var pairing_code: String
    /// The device's secret; it connects with it once it is approved.
    public var sender_id: String
    public var expires_at: Int64
    public var server: ServerInfo

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

  public struct ServerInfo: Codable, Sendable {
    public var name: String
    public var version: String
    public init(name: String, version: String) {
      self.name = name
      self.version = version
    }
  }

  public struct Limits: Codable, Sendable {
    public var max_frame_bytes: Int
    public var max_queue_bytes: Int
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
