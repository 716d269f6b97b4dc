/// Incremental UTF-8 validation (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. Fails at the
/// first invalid byte, so that an invalid message need not be read to its end.
struct UTF8Validator {
  /// Continuation bytes still expected.
  private var remaining = 0
  /// Valid range of the next continuation byte.
  private var lower: UInt8 = 0x80
  private var upper: UInt8 = 0xBF

  /// Whether the input so far ends on a character boundary.
  var isComplete: Bool { remaining == 0 }

  /// Validates the next bytes; false as soon as they can't be UTF-8.
  mutating func append(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var index = 0
    while index < bytes.count {
      if remaining == 0 {
        index = Self.skipASCII(bytes, from: index)
        guard index < bytes.count else { return true }
        guard start(with: bytes[index]) else { return false }
      } else {
        guard bytes[index] >= lower, bytes[index] <= upper else { return false }
        lower = 0x80
        upper = 0xBF
        remaining -= 1
      }
      index += 1
    }
    return true
  }

  private static func skipASCII(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
    var index = start
    while index + 8 <= bytes.count {
      guard bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0 else { break }
      index += 8
    }
    while index < bytes.count, bytes[index] < 0x80 { index += 1 }
    return index
  }

  private mutating func start(with lead: UInt8) -> Bool {
    switch lead {
    case 0xC2...0xDF: remaining = 1
    case 0xE0...0xEF:
      remaining = 2
      if lead == 0xE0 { lower = 0xA0 }
      if lead == 0xED { upper = 0x9F }
    case 0xF0...0xF4:
      remaining = 3
      if lead == 0xF0 { lower = 0x90 }
      if lead == 0xF4 { upper = 0x8F }
    default: return false
    }
    return true
  }
}
