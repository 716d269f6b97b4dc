import ClawProtocol

/// Where and as whom to connect, and with what limits.
public struct ClientConfiguration: Sendable {
  /// `ws://host:port/ws` or `wss://…`.
  public var url: String
  /// The gateway token or an API key.
  public var token: String?
  /// The user to act for, 1–255 bytes; the server's default if nil.
  public var userID: String?
  /// The tenant, for the gateway token.
  public var tenant: String?
  /// The client's name in the server's lists.
  public var clientName: String
  /// The client's version, shown next to ``clientName``; it has no other effect.
  public var clientVersion: String?
  /// Timeout of everything until the server has accepted the connection.
  public var connectTimeout: Duration
  /// The largest accepted message of the server, in bytes.
  public var maxMessageBytes: Int
  /// Buffer of a ``Reply`` and of ``GatewayClient/events``: at most this many events …
  public var maxWaitingEvents: Int
  /// … and this many bytes. If either is exceeded, the reader gets the buffered events and then an error; nothing is
  /// dropped silently.
  public var maxWaitingBytes: Int
  /// Concurrent calls that wait for an answer.
  public var maxCallsInFlight: Int
  /// What happens when the connection is lost.
  public var reconnect: ReconnectPolicy
  /// How long cancelling a ``Reply`` may wait for the gateway's acknowledgement.
  public var abortTimeout: Duration
  /// Called when the connection is lost and when it is restored, on the task that maintains it; must not block.
  public var onConnectionChange: (@Sendable (ConnectionChange) -> Void)?

  /// Only the URL is required, and the token unless this device is to request a pairing. The defaults suit a terminal
  /// or a small service: 10 s to connect, messages of 16 MiB, 8192 buffered events or 32 MiB, 1024 concurrent calls.
  public init(
    url: String, token: String? = nil, userID: String? = nil, tenant: String? = nil,
    clientName: String = "ClawClient", clientVersion: String? = nil, connectTimeout: Duration = .seconds(10),
    maxMessageBytes: Int = 16 * 1024 * 1024, maxWaitingEvents: Int = 8192, maxWaitingBytes: Int = 32 * 1024 * 1024,
    maxCallsInFlight: Int = 1024, reconnect: ReconnectPolicy = ReconnectPolicy(), abortTimeout: Duration = .seconds(2),
    onConnectionChange: (@Sendable (ConnectionChange) -> Void)? = nil
  ) {
    self.url = url
    self.token = token
    self.userID = userID
    self.tenant = tenant
    self.clientName = clientName
    self.clientVersion = clientVersion
    self.connectTimeout = connectTimeout
    self.maxMessageBytes = maxMessageBytes
    self.maxWaitingEvents = maxWaitingEvents
    self.maxWaitingBytes = maxWaitingBytes
    self.maxCallsInFlight = maxCallsInFlight
    self.reconnect = reconnect
    self.abortTimeout = abortTimeout
    self.onConnectionChange = onConnectionChange
  }

  var connectParams: Connect.Params {
    Connect.Params(
      token: token, user_id: userID, tenant: tenant,
      client: Connect.ClientInfo(name: clientName, version: clientVersion), dialect: Dialect.flat.rawValue,
      protocol: ProtocolVersion.current)
  }
}
