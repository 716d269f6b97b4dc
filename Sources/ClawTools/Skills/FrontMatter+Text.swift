extension FrontMatter {
  /// The text of a value in any style: plain, quoted, folded (`>`) or literal (`|`). Nil if the key is missing or has
  /// no value.
  /// - Throws: ``Problem`` if it is not text.
  func text(_ key: String) throws(Problem) -> String? {
    guard let entry = entries[key] else { return nil }
    switch entry.inline.first {
    case UInt8(ascii: "|"): return try BlockText(entry, isFolded: false).text
    case UInt8(ascii: ">"): return try BlockText(entry, isFolded: true).text
    case UInt8(ascii: "\""), UInt8(ascii: "'"): return try QuotedText(entry).text
    case UInt8(ascii: "["), UInt8(ascii: "{"):
      throw Problem(line: entry.line, message: "\"\(key)\" must be text; put it into quotes")
    case UInt8(ascii: "&"), UInt8(ascii: "*"), UInt8(ascii: "!"):
      throw Problem(line: entry.line, message: "anchors, aliases and tags are not read; put the text into quotes")
    default: return try plain(entry, key)
    }
  }

  private func plain(_ entry: Entry, _ key: String) throws(Problem) -> String? {
    let below = entry.block.filter { !$0.isComment }
    let inline = entry.inline.withoutComment
    if inline.isEmpty, let first = below.first(where: { !$0.isBlank }) {
      let isPair = first.content.last == UInt8(ascii: ":") || first.content.firstRange(of: Array(": ".utf8)) != nil
      let isItem = first.content.starts(with: Array("- ".utf8)) || first.content.elementsEqual([UInt8(ascii: "-")])
      if isItem || isPair {
        throw Problem(line: first.number, message: "\"\(key)\" must be text, not a list or more pairs")
      }
    }
    let lines = [inline] + below.map { $0.content.withoutComment }
    let text = Self.folded(lines)
    return ["", "~", "null"].contains(text) ? nil : text
  }

  /// Joins lines with spaces; empty lines between them become line breaks.
  static func folded(_ lines: [ArraySlice<UInt8>]) -> String {
    var bytes: [UInt8] = []
    var breaks = 0
    for line in lines {
      if line.isEmpty {
        breaks += 1
        continue
      }
      if !bytes.isEmpty {
        bytes += breaks == 0 ? [UInt8(ascii: " ")] : [UInt8](repeating: UInt8(ascii: "\n"), count: breaks)
      }
      bytes += line
      breaks = 0
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// An indented block below `|` or `>`.
private struct BlockText {
  let text: String

  init(_ entry: FrontMatter.Entry, isFolded: Bool) throws(FrontMatter.Problem) {
    let (chomping, stated) = try Self.header(entry)
    let lines = entry.block
    let first = lines.first { !$0.isBlank }
    let indent = stated ?? first?.indent ?? 0
    var contents: [ArraySlice<UInt8>] = []
    for line in lines {
      guard !line.isBlank else {
        contents.append(line.bytes.dropFirst(indent))
        continue
      }
      guard line.indent >= max(1, indent) else {
        throw FrontMatter.Problem(
          line: line.number, message: "is indented less than the text that it belongs to; indent with spaces")
      }
      contents.append(line.bytes.dropFirst(indent))
    }
    let end = contents.lastIndex { !$0.isEmpty }.map { $0 + 1 } ?? 0
    let trailing = contents.count - end
    let kept = Array(contents[..<end])
    var bytes = isFolded ? Self.folded(kept) : Array(kept.joined(separator: [UInt8(ascii: "\n")]))
    switch chomping {
    case UInt8(ascii: "-"): break
    case UInt8(ascii: "+"): bytes += [UInt8](repeating: UInt8(ascii: "\n"), count: trailing + (kept.isEmpty ? 0 : 1))
    default: if !kept.isEmpty { bytes.append(UInt8(ascii: "\n")) }
    }
    text = String(decoding: bytes, as: UTF8.self)
  }

  /// The chomping indicator (`-`, `+` or none), and the indentation indicator, if there is one.
  private static func header(_ entry: FrontMatter.Entry) throws(FrontMatter.Problem) -> (UInt8?, Int?) {
    var chomping: UInt8?
    var indent: Int?
    for byte in entry.inline.dropFirst().withoutComment {
      switch byte {
      case UInt8(ascii: "-"), UInt8(ascii: "+"):
        guard chomping == nil else { throw malformed(entry) }
        chomping = byte
      case UInt8(ascii: "1")...UInt8(ascii: "9"):
        guard indent == nil else { throw malformed(entry) }
        indent = Int(byte - UInt8(ascii: "0"))
      default: throw malformed(entry)
      }
    }
    return (chomping, indent)
  }

  private static func malformed(_ entry: FrontMatter.Entry) -> FrontMatter.Problem {
    FrontMatter.Problem(
      line: entry.line, message: "behind | or > only -, + and one digit may follow; write the text below")
  }

  /// Joins lines with spaces, except more indented ones, and breaks at empty lines.
  private static func folded(_ lines: [ArraySlice<UInt8>]) -> [UInt8] {
    var bytes: [UInt8] = []
    var breaks = 0
    var wasFurther = false
    for (index, line) in lines.enumerated() {
      if line.isEmpty {
        breaks += 1
        continue
      }
      let isFurther = line.first == UInt8(ascii: " ") || line.first == UInt8(ascii: "\t")
      if index > 0 {
        let count = isFurther || wasFurther ? breaks + 1 : breaks
        let isFirst = bytes.isEmpty
        bytes +=
          count == 0 ? [UInt8(ascii: " ")] : [UInt8](repeating: UInt8(ascii: "\n"), count: isFirst ? breaks : count)
      }
      bytes += line
      breaks = 0
      wasFurther = isFurther
    }
    return bytes
  }
}
