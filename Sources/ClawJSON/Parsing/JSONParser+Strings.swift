extension JSONParser {
  /// Parses a string; the position is at its opening quote.
  ///
  /// Text without escapes, by far the most common, is copied from the document into the `String` in one step.
  mutating func parseString() throws(JSONSyntaxFailure) -> String {
    position += 1
    let start = position
    try skipPlainText()
    if current == UInt8(ascii: "\"") {
      let text = String(decoding: bytes[start..<position], as: UTF8.self)
      position += 1
      return text
    }
    return try parseEscapedString(from: start)
  }

  private mutating func parseEscapedString(from start: Int) throws(JSONSyntaxFailure) -> String {
    var text: [UInt8] = []
    text.append(contentsOf: bytes[start..<position])
    while true {
      // `skipPlainText` has stopped at a quote or a backslash.
      if current == UInt8(ascii: "\"") {
        position += 1
        return String(decoding: text, as: UTF8.self)
      }
      try parseEscape(into: &text)
      let run = position
      try skipPlainText()
      text.append(contentsOf: bytes[run..<position])
    }
  }

  /// Advances to the next quote or backslash and checks that the text before it is UTF-8 without control characters.
  private mutating func skipPlainText() throws(JSONSyntaxFailure) {
    while true {
      skipEightPlainBytes()
      guard position < bytes.count else { throw failure(.told("the string has no closing quote")) }
      let byte = bytes[position]
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        return
      case 0..<0x20:
        throw failure(.told("a line break, tab or other control character in a string must be escaped"))
      case 0x20..<0x80:
        position += 1
      default:
        let length = UTF8Check.scalarLength(at: position, in: bytes)
        guard length > 0 else { throw failure(.notUTF8) }
        position += length
      }
    }
  }

  /// Skips 8-byte words of printable ASCII without quotes and backslashes.
  @inline(__always)
  private mutating func skipEightPlainBytes() {
    guard let base = UnsafeRawPointer(bytes.baseAddress) else { return }
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highs: UInt64 = 0x8080_8080_8080_8080
    while bytes.count - position >= 8 {
      let word = base.loadUnaligned(fromByteOffset: position, as: UInt64.self)
      let quotes = word ^ (ones &* 0x22)
      let backslashes = word ^ (ones &* 0x5C)
      // Each term sets the high bit of at least one byte if a byte of the word is in its class: below 0x20, a quote, a
      // backslash, or not ASCII.
      let stops =
        (word &- (ones &* 0x20)) | (quotes &- ones) | (backslashes &- ones) | word
      if stops & highs != 0 { return }
      position += 8
    }
  }

  private mutating func parseEscape(into text: inout [UInt8]) throws(JSONSyntaxFailure) {
    let start = position
    position += 1
    let plain: UInt8
    switch current {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): plain = current
    case UInt8(ascii: "b"): plain = 0x08
    case UInt8(ascii: "f"): plain = 0x0C
    case UInt8(ascii: "n"): plain = 0x0A
    case UInt8(ascii: "r"): plain = 0x0D
    case UInt8(ascii: "t"): plain = 0x09
    case UInt8(ascii: "u"):
      position += 1
      let scalar = try parseUnicodeEscape(from: start)
      text.append(contentsOf: String(Character(scalar)).utf8)
      return
    default:
      throw failure(.told("a backslash must be followed by one of \" \\ / b f n r t u"), at: start)
    }
    text.append(plain)
    position += 1
  }

  private mutating func parseUnicodeEscape(from start: Int) throws(JSONSyntaxFailure) -> Unicode.Scalar {
    let first = try parseFourHexDigits(from: start)
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard first < 0xDC00, current == UInt8(ascii: "\\"), position + 1 < bytes.count,
      bytes[position + 1] == UInt8(ascii: "u")
    else { throw failure(.loneSurrogate, at: start) }
    position += 2
    let second = try parseFourHexDigits(from: start)
    guard (0xDC00...0xDFFF).contains(second),
      let scalar = Unicode.Scalar(0x10000 + (UInt32(first - 0xD800) << 10) + UInt32(second - 0xDC00))
    else { throw failure(.loneSurrogate, at: start) }
    return scalar
  }

  private mutating func parseFourHexDigits(from start: Int) throws(JSONSyntaxFailure) -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      let digit: UInt8
      switch current {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = current - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = current - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = current - UInt8(ascii: "A") + 10
      default: throw failure(.told("\\u must be followed by four hexadecimal digits"), at: start)
      }
      unit = unit << 4 | UInt16(digit)
      position += 1
    }
    return unit
  }
}
