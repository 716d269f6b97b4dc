/// A quoted value, which may span several lines.
struct QuotedText {
  let text: String

  /// - Throws: ``FrontMatter/Problem`` if the quote is unclosed, something follows it, or an escape is unknown.
  init(_ entry: FrontMatter.Entry) throws(FrontMatter.Problem) {
    let quote = entry.inline.first
    var lines: [(number: Int, bytes: ArraySlice<UInt8>)] = [(entry.line, entry.inline.dropFirst())]
    lines += entry.block.map { ($0.number, $0.content) }
    var parts: [ArraySlice<UInt8>] = []
    var joinsNext = false
    for (number, bytes) in lines {
      let part = try quote == UInt8(ascii: "'") ? Self.single(bytes) : Self.double(bytes, line: number)
      if joinsNext, let before = parts.popLast() {
        parts.append(before + part.bytes)
      } else {
        parts.append(ArraySlice(part.bytes))
      }
      joinsNext = part.joinsNext
      guard let rest = part.rest else { continue }
      let later = entry.block.first { $0.number > number && !$0.isBlank && !$0.isComment }
      guard rest.withoutComment.isEmpty, later == nil else {
        throw FrontMatter.Problem(
          line: later?.number ?? number, message: "there is something behind the closing quote")
      }
      text = parts.count == 1 ? String(decoding: parts[0], as: UTF8.self) : Self.joined(parts)
      return
    }
    throw FrontMatter.Problem(line: entry.line, message: "the quote is not closed")
  }

  /// The content of a line, what follows the closing quote, if there is one, and whether a trailing backslash removes
  /// the line break and the spaces after it.
  private typealias Part = (bytes: [UInt8], rest: ArraySlice<UInt8>?, joinsNext: Bool)

  /// The only escape is a doubled quote.
  private static func single(_ line: ArraySlice<UInt8>) -> Part {
    var bytes: [UInt8] = []
    var index = line.startIndex
    while index < line.endIndex {
      if line[index] == UInt8(ascii: "'") {
        index += 1
        guard index < line.endIndex, line[index] == UInt8(ascii: "'") else { return (bytes, line[index...], false) }
      }
      bytes.append(line[index])
      index += 1
    }
    return (bytes, nil, false)
  }

  private static func double(_ line: ArraySlice<UInt8>, line number: Int) throws(FrontMatter.Problem) -> Part {
    var bytes: [UInt8] = []
    var index = line.startIndex
    while index < line.endIndex {
      let byte = line[index]
      index += 1
      if byte == UInt8(ascii: "\"") { return (bytes, line[index...], false) }
      guard byte == UInt8(ascii: "\\") else {
        bytes.append(byte)
        continue
      }
      guard index < line.endIndex else { return (bytes, nil, true) }
      bytes += try escaped(line, at: &index, line: number)
    }
    return (bytes, nil, false)
  }

  /// The value of an escape; `index` is after the backslash and moves past the escape.
  private static func escaped(
    _ line: ArraySlice<UInt8>, at index: inout Int, line number: Int
  ) throws(FrontMatter.Problem) -> [UInt8] {
    let letter = line[index]
    index += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: " "): return [letter]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "x"), UInt8(ascii: "u"), UInt8(ascii: "U"):
      let count = letter == UInt8(ascii: "x") ? 2 : letter == UInt8(ascii: "u") ? 4 : 8
      let digits = line[index...].prefix(count)
      index += digits.count
      guard digits.count == count, digits.first != UInt8(ascii: "+"), digits.first != UInt8(ascii: "-"),
        let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16), let scalar = Unicode.Scalar(value)
      else {
        throw FrontMatter.Problem(
          line: number, message: "\\\(Character(Unicode.Scalar(letter))) needs \(count) hex digits of a character")
      }
      return Array(String(Character(scalar)).utf8)
    default:
      throw FrontMatter.Problem(
        line: number, message: "there is no such escape; write \\\\ for a backslash, or use single quotes")
    }
  }

  private static func joined(_ parts: [ArraySlice<UInt8>]) -> String {
    FrontMatter.folded(parts.map(\.trimmed))
  }
}
