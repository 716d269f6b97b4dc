/// A parse error: kept small while it propagates; line and column are computed at the end.
struct JSONSyntaxFailure: Error {
  enum Reason {
    case emptyDocument
    case byteOrderMark
    case expected(StaticString)
    case told(StaticString)
    case tooDeep(Int)
    case notUTF8
    case loneSurrogate
    case numberTooLarge
    /// The offset is that of the name's first quote.
    case repeatedName
  }

  let reason: Reason
  let offset: Int

  func jsonError(in bytes: UnsafeBufferPointer<UInt8>) -> JSONError {
    let (line, column) = place(in: bytes)
    return JSONError(kind: kind, message: message(in: bytes), line: line, column: column)
  }

  private var kind: JSONError.Kind {
    switch reason {
    case .emptyDocument, .byteOrderMark, .expected, .told: .syntax
    case .tooDeep: .depth
    case .notUTF8, .loneSurrogate: .utf8
    case .numberTooLarge: .notRepresentable
    case .repeatedName: .invalid
    }
  }

  private func message(in bytes: UnsafeBufferPointer<UInt8>) -> String {
    switch reason {
    case .emptyDocument:
      "the document is empty; expected a JSON value"
    case .byteOrderMark:
      "the document starts with a byte order mark; save it as UTF-8 without one"
    case .expected(let what):
      "expected \(what), found \(found(in: bytes))"
    case .told(let message):
      "\(message)"
    case .tooDeep(let limit):
      "arrays and objects are nested deeper than \(limit) levels"
    case .notUTF8:
      "the text is not valid UTF-8"
    case .loneSurrogate:
      "a \\u escape names one half of a surrogate pair without the other"
    case .numberTooLarge:
      "the number is too large for a 64-bit floating point number"
    case .repeatedName:
      "\(name(in: bytes)) is there twice; remove one of the two"
    }
  }

  /// The name at the offset as written, including quotes and escapes.
  private func name(in bytes: UnsafeBufferPointer<UInt8>) -> String {
    var end = min(offset + 1, bytes.count)
    while end < bytes.count, bytes[end] != UInt8(ascii: "\"") { end += bytes[end] == UInt8(ascii: "\\") ? 2 : 1 }
    return String(decoding: bytes[offset..<min(end + 1, bytes.count)].prefix(100), as: UTF8.self)
  }

  private func found(in bytes: UnsafeBufferPointer<UInt8>) -> String {
    guard offset < bytes.count else { return "the end of the document" }
    let byte = bytes[offset]
    switch byte {
    case 0x0A, 0x0D: return "the end of the line"
    case 0x21...0x7E: return "'\(Character(Unicode.Scalar(byte)))'"
    default: return "the byte 0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }
  }

  private func place(in bytes: UnsafeBufferPointer<UInt8>) -> (line: Int, column: Int) {
    var line = 1
    var column = 1
    for index in 0..<min(offset, bytes.count) {
      if bytes[index] == UInt8(ascii: "\n") {
        line += 1
        column = 1
      } else if bytes[index] & 0xC0 != 0x80 {  // a continuation byte belongs to the scalar before it
        column += 1
      }
    }
    return (line, column)
  }
}
