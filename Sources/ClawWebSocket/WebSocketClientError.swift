/// Why a client did not get a connection. The message can be shown; it never holds the query of the address.
public struct WebSocketClientError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Code: Sendable, Hashable {
    /// The address cannot be used; trying again does not help.
    case invalidURL
    /// No connection to the host and port, or it broke during the handshake.
    case connectFailed
    /// The server answered the upgrade with something else than 101; the HTTP status says what.
    case upgradeRefused(status: Int)
    /// Not connected and upgraded in time.
    case timeout
    /// TLS failed: an untrusted or wrong certificate, or no TLS on that port.
    case tls
  }

  public var code: Code
  public var message: String

  public init(code: Code, message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }

  /// The HTTP status of a refused upgrade.
  public var httpStatus: Int? {
    if case .upgradeRefused(let status) = code { status } else { nil }
  }

  static func invalidURL(_ what: String) -> Self {
    Self(code: .invalidURL, message: "The WebSocket address is not valid: \(what).")
  }
}
