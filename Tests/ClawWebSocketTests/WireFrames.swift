import NIOCore

@testable import ClawWebSocket

/// Frames as a peer may send them, valid or invalid.
func wireFrame(
  _ opcode: UInt8, _ payload: [UInt8] = [], isFinal: Bool = true, isMasked: Bool = true, reserved: UInt8 = 0
) -> ByteBuffer {
  let key: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
  var buffer = ByteBuffer(bytes: [(isFinal ? 0x80 : 0) | reserved << 4 | opcode])
  let mask: UInt8 = isMasked ? 0x80 : 0
  switch payload.count {
  case ..<126: buffer.writeInteger(mask | UInt8(payload.count))
  case ..<65536: buffer.writeMultipleIntegers(mask | 126, UInt16(payload.count))
  default: buffer.writeMultipleIntegers(mask | 127, UInt64(payload.count))
  }
  if isMasked { buffer.writeBytes(key) }
  buffer.writeBytes(isMasked ? payload.enumerated().map { $1 ^ key[$0 % 4] } : payload)
  return buffer
}

func wireText(_ text: String, isFinal: Bool = true, isMasked: Bool = true) -> ByteBuffer {
  wireFrame(1, Array(text.utf8), isFinal: isFinal, isMasked: isMasked)
}

func closePayload(_ code: UInt16, _ reason: String = "") -> [UInt8] {
  [UInt8(code >> 8), UInt8(code & 0xFF)] + Array(reason.utf8)
}

func joined(_ buffers: ByteBuffer...) -> ByteBuffer {
  buffers.reduce(into: ByteBuffer()) { $0.writeImmutableBuffer($1) }
}

extension WebSocketMessage {
  static func text(_ string: String) -> Self { .text(ByteBuffer(string: string)) }
}
