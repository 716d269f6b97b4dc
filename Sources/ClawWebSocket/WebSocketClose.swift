/// A close code; RFC 6455 section 7.4 and the IANA registry.
public struct WebSocketCloseCode: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  public var rawValue: UInt16

  public init(rawValue: UInt16) {
    self.rawValue = rawValue
  }

  /// 1000: normal closure.
  public static let normal = Self(rawValue: 1000)
  /// 1001: the server shuts down, or the peer has timed out.
  public static let goingAway = Self(rawValue: 1001)
  /// 1002: the peer violated the protocol.
  public static let protocolError = Self(rawValue: 1002)
  /// 1003: a message type that is not accepted.
  public static let unsupportedData = Self(rawValue: 1003)
  /// 1005: the peer's close frame had no code. Reported only, never sent.
  public static let noStatus = Self(rawValue: 1005)
  /// 1006: the connection ended without a close frame. Reported only, never sent.
  public static let abnormal = Self(rawValue: 1006)
  /// 1007: text that is not UTF-8.
  public static let invalidPayload = Self(rawValue: 1007)
  /// 1008: not allowed; for example not authenticated in time.
  public static let policyViolation = Self(rawValue: 1008)
  /// 1009: over the size limit.
  public static let messageTooBig = Self(rawValue: 1009)
  /// 1011: an internal error on this side.
  public static let internalError = Self(rawValue: 1011)
  /// 1013: try again later; here: the peer does not read fast enough.
  public static let tryAgainLater = Self(rawValue: 1013)

  public var description: String { String(rawValue) }

  /// Whether the code may be sent in a close frame.
  public var isValidOnWire: Bool {
    switch rawValue {
    case 1000...1003, 1007...1014, 3000...4999: true
    default: false
    }
  }
}

/// How a connection ended.
public struct WebSocketClose: Sendable, Hashable {
  /// The code of the side that closed first; ``WebSocketCloseCode/abnormal`` without a close frame.
  public var code: WebSocketCloseCode
  /// The reason sent with it, at most 123 bytes. A peer's reason is untrusted.
  public var reason: String
  /// Whether both sides exchanged close frames.
  public var wasClean: Bool
  /// Whether this side closed first.
  public var initiatedLocally: Bool

  public init(code: WebSocketCloseCode, reason: String, wasClean: Bool, initiatedLocally: Bool) {
    self.code = code
    self.reason = reason
    self.wasClean = wasClean
    self.initiatedLocally = initiatedLocally
  }

  static let abnormal = WebSocketClose(code: .abnormal, reason: "", wasClean: false, initiatedLocally: false)
}
