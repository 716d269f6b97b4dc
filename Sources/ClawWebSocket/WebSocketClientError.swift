/// Why a client could not connect. The message can be shown; it never contains the URL's query.
public struct WebSocketClientError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Code: Sendable, Hashable {
    /// The URL is invalid; retrying does not help.
    case invalidURL
    /// No connection to host and port, or it was lost during the handshake.
    case connectFailed
    /// The server answered the upgrade with a status other than 101.
    case upgradeRefused(status: Int)
    /// The connection and upgrade timed out.
    case timeout
    /// A TLS error: an untrusted or wrong certificate, or no TLS on that port.
    case tls
  }

  public var code: Code
  public var message: String

  public init(code: Code, message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }

  /// The HTTP status of a rejected upgrade.
  public var httpStatus: Int? {
    if case .upgradeRefused(let status) = code { status } else { nil }
  }

  static func invalidURL(_ what: String) -> Self {
    Self(code: .invalidURL, message: "The WebSocket address is not valid: \(what).")
  }
}
