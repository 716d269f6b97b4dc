import ClawJSON

/// The front matter of a file, between two lines of `---`: `key: value` pairs in a small subset of YAML.
///
/// Values are parsed on access, so that unused ones (lists, nested pairs, another tool's section) may be written in any
/// way as long as they are indented.
struct FrontMatter: Sendable {
  /// An error with its line in the file.
  struct Problem: Error, Equatable, CustomStringConvertible {
    /// Counted from 1.
    let line: Int
    let message: String

    var description: String { "line \(line): \(message)" }
  }

  struct Line: Sendable {
    let number: Int
    /// Without the line end.
    let bytes: ArraySlice<UInt8>

    var indent: Int { bytes.prefix { $0 == UInt8(ascii: " ") }.count }
    var isBlank: Bool { bytes.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") } }
    var content: ArraySlice<UInt8> { bytes.trimmed }
    var isComment: Bool { content.first == UInt8(ascii: "#") }
  }

  struct Entry: Sendable {
    let line: Int
    /// The text after the colon.
    let inline: ArraySlice<UInt8>
    /// The lines below that belong to it.
    var block: [Line]
  }

  /// Longest front matter in bytes, without its two lines of `---`.
  static let maxBytes = 64 * 1024
  /// Longest key, in bytes.
  static let maxKeyBytes = 128
  /// Most pairs per level.
  static let maxEntries = 256

  private(set) var entries: UTF8Dictionary<Entry> = [:]

  /// Harmless problems: a duplicate key, of which the last wins, as in most YAML parsers.
  private(set) var warnings: [Problem] = []

  /// - Throws: ``Problem`` for a line that is not a pair, or too many pairs.
  init(lines: some Sequence<Line>) throws(Problem) {
    var last: String?
    for line in lines {
      if let key = last, Self.continues(line, entries[key]) {
        entries[key]?.block.append(line)
        continue
      }
      guard !line.isBlank, !line.isComment else { continue }
      let (key, entry) = try Self.pair(in: line)
      if entries[key] != nil {
        warnings.append(Problem(line: line.number, message: "\"\(key)\" is said twice; the last one counts"))
      }
      guard entries.count < Self.maxEntries else {
        throw Problem(line: line.number, message: "there are more than \(Self.maxEntries) keys")
      }
      entries[key] = entry
      last = key
    }
  }

  /// The pairs of a nested value; nil if it is not one.
  func section(_ key: String) -> FrontMatter? {
    guard let entry = entries[key], entry.inline.withoutComment.isEmpty else { return nil }
    let lines = entry.block.filter { !$0.isBlank }
    guard let indent = lines.first(where: { !$0.isComment })?.indent, lines.allSatisfy({ $0.indent >= indent }) else {
      return nil
    }
    return try? FrontMatter(lines: lines.map { Line(number: $0.number, bytes: $0.bytes.dropFirst(indent)) })
  }

  /// Whether a line continues the value of the previous pair.
  private static func continues(_ line: Line, _ entry: Entry?) -> Bool {
    guard !line.isBlank, let first = line.bytes.first else { return true }
    if first == UInt8(ascii: " ") || first == UInt8(ascii: "\t") { return true }
    switch entry?.inline.first {
    case nil, UInt8(ascii: "#"):
      // A list need not be indented more than its key.
      return first == UInt8(ascii: "-") && (line.bytes.count == 1 || line.bytes.dropFirst().first == UInt8(ascii: " "))
    case UInt8(ascii: "["), UInt8(ascii: "{"):
      return first == UInt8(ascii: "]") || first == UInt8(ascii: "}")
    default: return false
    }
  }

  private static func pair(in line: Line) throws(Problem) -> (String, Entry) {
    if let first = line.bytes.first, first == UInt8(ascii: " ") || first == UInt8(ascii: "\t") {
      throw Problem(line: line.number, message: "is indented, but there is nothing above it that it belongs to")
    }
    var bytes = line.bytes
    let key: ArraySlice<UInt8>
    if let quote = bytes.first, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
      guard let end = bytes.dropFirst().firstIndex(of: quote) else {
        throw Problem(line: line.number, message: "the quote is not closed")
      }
      key = bytes[bytes.index(after: bytes.startIndex)..<end]
      bytes = bytes[bytes.index(after: end)...].trimmed
    } else {
      key = bytes.prefix { $0 != UInt8(ascii: ":") }
      bytes = bytes[key.endIndex...]
    }
    guard bytes.first == UInt8(ascii: ":"),
      [nil, UInt8(ascii: " "), UInt8(ascii: "\t")].contains(bytes.dropFirst().first)
    else {
      throw Problem(line: line.number, message: "is not of the form \"key: value\"")
    }
    let name = String(decoding: key.trimmed, as: UTF8.self)
    guard (1...maxKeyBytes).contains(name.utf8.count) else {
      throw Problem(line: line.number, message: "the key must be 1 to \(maxKeyBytes) bytes long")
    }
    return (name, Entry(line: line.number, inline: bytes.dropFirst().trimmed, block: []))
  }
}

extension ArraySlice<UInt8> {
  /// Without spaces and tabs at both ends.
  var trimmed: ArraySlice<UInt8> {
    func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    guard let first = firstIndex(where: { !isSpace($0) }), let last = lastIndex(where: { !isSpace($0) }) else {
      return []
    }
    return self[first...last]
  }

  /// Without a trailing comment: `#` at the beginning or after a space.
  var withoutComment: ArraySlice<UInt8> {
    var previous = UInt8(ascii: " ")
    for (index, byte) in zip(indices, self) {
      if byte == UInt8(ascii: "#"), previous == UInt8(ascii: " ") || previous == UInt8(ascii: "\t") {
        return self[startIndex..<index].trimmed
      }
      previous = byte
    }
    return trimmed
  }
}
