import ClawJSON

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// PostgreSQL cannot store U+0000 in text, SQLite can. User text may contain it (a label, a name, a prompt; JSON
/// escapes it), so it is stored as two characters, the first of which is U+001A (SUBSTITUTE). U+001A itself is escaped
/// the same way. All other text is unchanged, and equality is preserved.
enum PostgresText {
  private static let escape: UInt8 = 0x1A
  private static let null: UInt8 = 0x30
  private static let itself: UInt8 = 0x31

  /// Appends the stored bytes of a text.
  static func append(_ text: String, to bytes: inout [UInt8]) {
    var text = text
    text.withUTF8 { source in
      guard source.contains(where: { $0 == 0 || $0 == escape }) else { return bytes.append(contentsOf: source) }
      for byte in source {
        switch byte {
        case 0: bytes.append(contentsOf: [escape, null])
        case escape: bytes.append(contentsOf: [escape, itself])
        default: bytes.append(byte)
        }
      }
    }
  }

  /// Decodes stored bytes.
  static func text(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
    guard let start = bytes.baseAddress, memchr(start, Int32(escape), bytes.count) != nil else {
      return String(decoding: bytes, as: UTF8.self)
    }
    var plain: [UInt8] = []
    plain.reserveCapacity(bytes.count)
    var isEscaped = false
    for byte in bytes {
      if isEscaped {
        plain.append(byte == null ? 0 : escape)
        isEscaped = false
      } else if byte == escape {
        isEscaped = true
      } else {
        plain.append(byte)
      }
    }
    return String(decoding: plain, as: UTF8.self)
  }

  /// A quoted string literal, for statements that take no parameters.
  static func literal(_ text: String) -> String {
    var bytes: [UInt8] = [0x27]
    append(text, to: &bytes)
    bytes = bytes.prefix(1) + bytes.dropFirst().flatMap { $0 == 0x27 ? [$0, $0] : [$0] } + [0x27]
    return String(decoding: bytes, as: UTF8.self)
  }

  /// A quoted identifier.
  static func name(_ name: String) -> String {
    "\"" + name.replacingBytes(of: "\0", with: "").replacingBytes(of: "\"", with: "\"\"")
      + "\""
  }
}
