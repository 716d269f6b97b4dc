import ClawProtocol

/// Where to connect, as whom, and within what bounds.
public struct ClientConfiguration: Sendable {
  /// `ws://host:port/ws` or `wss://…`.
  public var url: String
  /// The gateway token or an API key.
  public var token: String?
  /// Whose conversations it is about, 1–255 bytes; the server's default without it.
  public var userID: String?
  /// The tenant, for the gateway token.
  public var tenant: String?
  /// What the client calls itself in the server's lists.
  public var clientName: String
  /// The client's own version, shown beside ``clientName``; nothing is concluded from it.
  public var clientVersion: String?
  /// For everything until the server has accepted the connection.
  public var connectTimeout: Duration
  /// The largest message taken from the server, in bytes.
  public var maxMessageBytes: Int
  /// What may wait for the reader of a ``Reply`` or of ``GatewayClient/events``: this many events …
  public var maxWaitingEvents: Int
  /// … and this many bytes of them. Beyond either the reader gets what is there and then an error; nothing is dropped
  /// silently.
  public var maxWaitingBytes: Int
  /// Calls that may wait for an answer at the same time.
  public var maxCallsInFlight: Int
  /// What happens when the connection is lost.
  public var reconnect: ReconnectPolicy
  /// How long the cancelling of a ``Reply`` may wait for the gateway to take note of it.
  public var abortTimeout: Duration
  /// Told when the connection is lost and when it is there again, by the task that keeps it; must not block.
  public var onConnectionChange: (@Sendable (ConnectionChange) -> Void)?

  /// Only the address is needed; the token too, unless this device is to ask for a pairing. The defaults suit a
  /// terminal or a small service: 10 s to connect, messages of 16 MiB, 8192 events or 32 MiB waiting, 1024 calls in
  /// flight.
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
