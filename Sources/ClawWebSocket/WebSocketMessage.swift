import NIOCore

/// One whole message, put together from its frames.
public enum WebSocketMessage: Sendable, Hashable {
  /// Text; its bytes have been checked to be UTF-8.
  case text(ByteBuffer)
  /// Any bytes.
  case binary(ByteBuffer)

  /// The payload, whatever its kind.
  public var payload: ByteBuffer {
    switch self {
    case .text(let bytes), .binary(let bytes): bytes
    }
  }
}
