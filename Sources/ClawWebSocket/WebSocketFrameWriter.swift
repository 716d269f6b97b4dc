import NIOCore

/// The opcodes of RFC 6455 section 5.2.
enum WebSocketFrameType: UInt8, Sendable {
  case continuation = 0
  case text = 1
  case binary = 2
  case close = 8
  case ping = 9
  case pong = 10

  var isControl: Bool { rawValue >= 8 }
}

/// Encodes frames. Sent messages are never fragmented, so FIN is always set.
enum WebSocketFrameWriter {
  /// The size of a frame on the wire, in bytes.
  static func size(payloadBytes: Int, masked: Bool) -> Int {
    let length = payloadBytes < 126 ? 2 : payloadBytes <= 0xFFFF ? 4 : 10
    return length + (masked ? 4 : 0) + payloadBytes
  }

  /// - Parameter key: the masking key (see ``WebSocketMask``), nil for server frames.
  static func writeHeader(_ type: WebSocketFrameType, payloadBytes: Int, key: UInt32?, to target: inout ByteBuffer) {
    let mask: UInt8 = key == nil ? 0 : 0x80
    target.writeInteger(0x80 | type.rawValue)
    if payloadBytes < 126 {
      target.writeInteger(mask | UInt8(payloadBytes))
    } else if payloadBytes <= 0xFFFF {
      target.writeMultipleIntegers(mask | 126, UInt16(payloadBytes))
    } else {
      target.writeMultipleIntegers(mask | 127, UInt64(payloadBytes))
    }
    if let key { target.writeInteger(key, endianness: .little) }
  }

  static func write(_ type: WebSocketFrameType, payload: ByteBuffer, key: UInt32?, to target: inout ByteBuffer) {
    writeHeader(type, payloadBytes: payload.readableBytes, key: key, to: &target)
    guard payload.readableBytes > 0 else { return }
    target.writeWithUnsafeMutableBytes(minimumWritableBytes: payload.readableBytes) { free in
      payload.withUnsafeReadableBytes { bytes in
        WebSocketMask.copy(bytes, to: free, key: key ?? 0, offset: 0)
        return bytes.count
      }
    }
  }

  /// The payload of a close frame: the code and as much of the reason as fits into the 125 bytes of a control frame. A
  /// code that may not be sent gives an empty payload, which means "no code".
  static func closePayload(code: WebSocketCloseCode, reason: String) -> ByteBuffer {
    guard code.isValidOnWire else { return ByteBuffer() }
    var payload = ByteBuffer(integer: code.rawValue)
    payload.writeString(fitting(reason))
    return payload
  }

  /// The longest prefix of `reason` that has at most 123 bytes and ends on a character boundary.
  static func fitting(_ reason: String) -> String {
    guard reason.utf8.count > 123 else { return reason }
    var result = ""
    var room = 123
    for character in reason {
      room -= character.utf8.count
      if room < 0 { break }
      result.append(character)
    }
    return result
  }
}
