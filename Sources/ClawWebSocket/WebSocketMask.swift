/// Masking (RFC 6455 section 5.3): payload byte i is XORed with key byte i modulo 4.
enum WebSocketMask {
  /// Copies `source` to the start of `target`, which must be at least as long, and masks or unmasks it.
  /// - Parameters:
  ///   - key: The first key byte is the lowest one; 0 copies unchanged.
  ///   - offset: How many payload bytes of this frame precede `source`.
  static func copy(
    _ source: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer, key: UInt32, offset: Int
  ) {
    guard key != 0 else { return target.copyMemory(from: source) }
    let shift = UInt32(offset & 3) * 8
    let turned = shift == 0 ? key : (key >> shift) | (key << (32 - shift))
    let wide = UInt64(turned) | (UInt64(turned) << 32)
    var index = 0
    while index + 8 <= source.count {
      let word = UInt64(littleEndian: source.loadUnaligned(fromByteOffset: index, as: UInt64.self))
      target.storeBytes(of: (word ^ wide).littleEndian, toByteOffset: index, as: UInt64.self)
      index += 8
    }
    while index < source.count {
      target[index] = source[index] ^ UInt8(truncatingIfNeeded: wide >> UInt64((index & 7) * 8))
      index += 1
    }
  }
}
