import ClawJSON

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// PostgreSQL cannot keep U+0000 in a text, SQLite can. Texts of people may hold it (a label, a name, a prompt; JSON
/// escapes it by itself), so it is kept as two characters that begin with U+001A, the character that stands for one
/// that can't be shown; that one itself is kept as two likewise. Nothing else changes, and equal stays equal.
enum PostgresText {
  private static let escape: UInt8 = 0x1A
  private static let null: UInt8 = 0x30
  private static let itself: UInt8 = 0x31

  /// Appends the bytes under which a text is kept.
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

  /// The text that was kept as these bytes.
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

  /// A text as it stands in quotes in a statement, for those that take no parameters.
  static func literal(_ text: String) -> String {
    var bytes: [UInt8] = [0x27]
    append(text, to: &bytes)
    bytes = bytes.prefix(1) + bytes.dropFirst().flatMap { $0 == 0x27 ? [$0, $0] : [$0] } + [0x27]
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The name of a thing as it stands in a statement.
  static func name(_ name: String) -> String {
    "\"" + name.replacingBytes(of: "\0", with: "").replacingBytes(of: "\"", with: "\"\"")
      + "\""
  }
}
