import ClawJSON

/// Parses a piece of a stream. Some servers split text inside a surrogate pair, which is invalid JSON; such halves
/// become U+FFFD instead of ending the answer.
enum StreamJSON {
  static func parse(_ text: String) -> JSONValue? {
    do throws(JSONError) {
      return try JSONValue(parsing: text)
    } catch {
      guard error.kind == .utf8 else { return nil }
      return try? JSONValue(parsing: repaired(Array(text.utf8)))
    }
  }

  private static func repaired(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
      guard bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count else {
        result.append(bytes[index])
        index += 1
        continue
      }
      guard let unit = unit(in: bytes, at: index), (0xD800...0xDFFF).contains(unit) else {
        result += bytes[index...(index + 1)]
        index += 2
        continue
      }
      if unit < 0xDC00, let next = Self.unit(in: bytes, at: index + 6), (0xDC00...0xDFFF).contains(next) {
        result += bytes[index..<(index + 12)]
        index += 12
      } else {
        result += Array("\\uFFFD".utf8)
        index += 6
      }
    }
    return result
  }

  /// The code unit of an escape at this index: `\u` and four hexadecimal digits (RFC 8259 section 7).
  private static func unit(in bytes: [UInt8], at index: Int) -> UInt16? {
    guard index + 6 <= bytes.count, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u") else {
      return nil
    }
    return UInt16(String(decoding: bytes[(index + 2)..<(index + 6)], as: UTF8.self), radix: 16)
  }
}
