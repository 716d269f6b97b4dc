/// Limits and timeouts of one WebSocket connection. Every duration must be positive.
public struct WebSocketConfiguration: Sendable {
  /// The largest accepted frame and reassembled message, in bytes of payload. A peer that exceeds it is closed with
  /// 1009. Can be changed later with ``WebSocketConnection/setMaxMessageBytes(_:)``.
  public var maxMessageBytes: Int
  /// Interval of a server's pings. A client pings only after hearing nothing for this long.
  public var pingInterval: Duration
  /// After this long without a byte from the peer (pongs count) the connection is closed with 1001.
  public var idleTimeout: Duration
  /// Timeout of the closing handshake, counted from its start; after it the socket is closed.
  public var closeTimeout: Duration
  /// Bound of the outbound queue, in bytes on the wire that were accepted and are not yet written to the socket.
  public var maxQueueBytes: Int
  /// Whether binary messages are accepted. If not, the first one closes the connection with 1003.
  public var acceptsBinary: Bool

  public init(
    maxMessageBytes: Int = 512 * 1024,
    pingInterval: Duration = .seconds(30),
    idleTimeout: Duration = .seconds(60),
    closeTimeout: Duration = .seconds(5),
    maxQueueBytes: Int = 1024 * 1024,
    acceptsBinary: Bool = false
  ) {
    self.maxMessageBytes = maxMessageBytes
    self.pingInterval = pingInterval
    self.idleTimeout = idleTimeout
    self.closeTimeout = closeTimeout
    self.maxQueueBytes = maxQueueBytes
    self.acceptsBinary = acceptsBinary
  }
}
