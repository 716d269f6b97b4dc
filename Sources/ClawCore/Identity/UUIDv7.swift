/// Time-ordered UUIDs (RFC 9562 section 5.7): 48 bits of Unix milliseconds, then 74 random bits.
enum UUIDv7 {
  private static let digits = Array("0123456789abcdef".utf8)

  /// The canonical 36-character lower-case form.
  static func text(at time: Timestamp) -> String {
    var generator = SystemRandomNumberGenerator()
    let milliseconds = UInt64(clamping: time.milliseconds) & 0xFFFF_FFFF_FFFF
    let high = milliseconds << 16 | 0x7000 | (generator.next() & 0x0FFF)
    let low = (generator.next() & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000
    return String(unsafeUninitializedCapacity: 36) { buffer in
      var position = 0
      for index in 0..<32 {
        if index == 8 || index == 12 || index == 16 || index == 20 {
          buffer[position] = UInt8(ascii: "-")
          position += 1
        }
        let word = index < 16 ? high : low
        let nibble = Int((word >> UInt64(60 - (index % 16) * 4)) & 0xF)
        buffer[position] = digits[nibble]
        position += 1
      }
      return position
    }
  }
}
