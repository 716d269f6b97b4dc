import ClawProtocol

/// Why a call, or the stream of events, did not give what was asked for.
public enum ClientError: Error, Sendable, Hashable {
  /// The server answered with an error.
  case server(ErrorBody)
  /// The run that was asked for has failed, or was stopped by somebody (`ErrorCode.aborted`). The code is one of
  /// `ErrorCode`'s, if this version knows it.
  case runFailed(code: String, message: String)
  /// No connection could be made; the text says why and names no secret.
  case cannotConnect(String)
  /// The server took too long to accept the connection.
  case connectTimeout
  /// The connection ended while the answer was on its way, so nobody knows whether the request was carried out. The
  /// code is the WebSocket's (1006 if it just broke).
  case connectionLost(code: UInt16, reason: String)
  /// The server waits for somebody to approve this code.
  case pairingRequired(code: String)
  /// The server sent something that this client can't read.
  case unreadable(String)
  /// The request is larger than the server takes, in bytes; sending it again does not help. The limit is nil if the
  /// server has not said it.
  case tooLarge(limit: Int?)
  /// The params can't be written as JSON.
  case invalidParams(String)
  /// A reader of events was too slow, or too many calls were made at once; see ``ClientConfiguration``.
  case overflow(String)
  /// The task that waited was cancelled. A ``Reply`` has been aborted by then; another request may be carried out all
  /// the same.
  case cancelled

  /// The server's code, if it was the server's error.
  public var code: ErrorCode? {
    switch self {
    case .server(let body): body.code
    case .runFailed(let code, _): ErrorCode(rawValue: code)
    default: nil
    }
  }
}

extension ClientError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .server(let body): "\(body.code.rawValue): \(body.message)"
    case .runFailed(let code, let message): "\(code): \(message)"
    case .cannotConnect(let why): why
    case .connectTimeout: "the gateway did not accept the connection in time"
    case .connectionLost(let code, let reason):
      "the connection to the gateway was lost (\(code)\(reason.isEmpty ? "" : ": \(reason)"))"
    case .pairingRequired(let code): "this device waits for approval; its pairing code is \(code)"
    case .unreadable(let what): "the gateway sent something unreadable: \(what)"
    case .tooLarge(let limit):
      "the message is larger than the gateway takes" + (limit.map { " (\($0) bytes)" } ?? "")
    case .invalidParams(let why): "the request can't be written: \(why)"
    case .overflow(let what): what
    case .cancelled: "cancelled"
    }
  }
}
