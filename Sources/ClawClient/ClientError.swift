import ClawProtocol

/// Why a call or the event stream failed.
public enum ClientError: Error, Sendable, Hashable {
  /// The server answered with an error.
  case server(ErrorBody)
  /// The run failed or was aborted (`ErrorCode.aborted`). The code is one of `ErrorCode`'s, if this version knows it.
  case runFailed(code: String, message: String)
  /// The connection failed; the text gives the reason and contains no secret.
  case cannotConnect(String)
  /// The server took too long to accept the connection.
  case connectTimeout
  /// The connection was lost before the answer arrived, so it is unknown whether the request was carried out. The code
  /// is the WebSocket's (1006 without a close frame).
  case connectionLost(code: UInt16, reason: String)
  /// The server waits for an admin to approve this code.
  case pairingRequired(code: String)
  /// The server sent something that this client can't decode.
  case unreadable(String)
  /// The request is over the server's size limit, in bytes; retrying does not help. Nil if the server has not announced
  /// the limit.
  case tooLarge(limit: Int?)
  /// The params can't be encoded as JSON.
  case invalidParams(String)
  /// A reader of events was too slow, or there were too many concurrent calls; see ``ClientConfiguration``.
  case overflow(String)
  /// The waiting task was cancelled. A ``Reply`` has been aborted by then; another request may still be carried out.
  case cancelled

  /// The server's error code, if it was a server error.
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
