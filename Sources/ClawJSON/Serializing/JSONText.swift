/// String serialization.
enum JSONText {
  /// Appends a quoted string. Runs without escapes are copied unchanged.
  ///
  /// U+0085, U+2028 and U+2029 are escaped, which RFC 8259 leaves to the writer: Python's `str.splitlines` ends a line
  /// there, and httpx 0.28.1 (`iter_lines`), which uses it, splits a stream's event and an export's line in two.
  static func append(_ text: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    var text = text
    text.withUTF8 { utf8 in
      var start = 0
      for index in utf8.indices {
        let byte = utf8[index]
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), ..<0x20:
          bytes.append(contentsOf: utf8[start..<index])
          appendEscape(of: byte, to: &bytes)
          start = index + 1
        case 0xC2, 0xE2:
          guard let (escape, length) = lineEnd(in: utf8[index...]) else { continue }
          bytes.append(contentsOf: utf8[start..<index])
          bytes.append(contentsOf: escape.utf8)
          start = index + length
        default: continue
        }
      }
      bytes.append(contentsOf: utf8[start...])
    }
    bytes.append(UInt8(ascii: "\""))
  }

  /// The escape of a line end at the start of the bytes, and its length in bytes; nil if they start with another
  /// scalar.
  private static func lineEnd(in utf8: Slice<UnsafeBufferPointer<UInt8>>) -> (escape: String, length: Int)? {
    if utf8.starts(with: [0xC2, 0x85]) { return ("\\u0085", 2) }
    if utf8.starts(with: [0xE2, 0x80, 0xA8]) { return ("\\u2028", 3) }
    if utf8.starts(with: [0xE2, 0x80, 0xA9]) { return ("\\u2029", 3) }
    return nil
  }

  private static func appendEscape(of byte: UInt8, to bytes: inout [UInt8]) {
    let short: UInt8
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): short = byte
    case 0x08: short = UInt8(ascii: "b")
    case 0x09: short = UInt8(ascii: "t")
    case 0x0A: short = UInt8(ascii: "n")
    case 0x0C: short = UInt8(ascii: "f")
    case 0x0D: short = UInt8(ascii: "r")
    default:
      bytes.append(contentsOf: (byte < 0x10 ? "\\u000" : "\\u00").utf8)
      bytes.append(contentsOf: String(byte, radix: 16).utf8)
      return
    }
    bytes.append(UInt8(ascii: "\\"))
    bytes.append(short)
  }
}
