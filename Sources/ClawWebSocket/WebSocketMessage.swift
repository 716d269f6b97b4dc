import NIOCore

/// A reassembled message.
public enum WebSocketMessage: Sendable, Hashable {
  /// Text, validated as UTF-8.
  case text(ByteBuffer)
  /// Binary data.
  case binary(ByteBuffer)

  /// The payload of either kind.
  public var payload: ByteBuffer {
    switch self {
    case .text(let bytes), .binary(let bytes): bytes
    }
  }
}
