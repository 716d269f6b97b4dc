/// Splitting, searching and trimming of untrusted text by its UTF-8 bytes.
///
/// The operations of `String` work on `Character`: a combining mark hides a separator, `"\n"` is not found in CR LF,
/// and canonical equivalence makes a semicolon of U+037E. If a check works on characters and the file system on bytes,
/// they disagree about a text.
///
/// Single-scalar parameters are ASCII, so that a part never begins or ends within a character.
extension StringProtocol where SubSequence == Substring {
  /// Whether two texts have the same UTF-8 bytes.
  public func hasSameBytes(as other: some StringProtocol) -> Bool {
    utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8)
  }

  public func startsWith(_ prefix: some StringProtocol) -> Bool { utf8.starts(with: prefix.utf8) }

  public func endsWith(_ suffix: some StringProtocol) -> Bool {
    utf8.count >= suffix.utf8.count && utf8.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
  }

  /// The parts between occurrences of a separator.
  public func split(
    at separator: Unicode.Scalar, maxSplits: Int = .max, omittingEmpty: Bool = true
  ) -> [Substring] {
    let separator = UInt8(ascii: separator)
    return split(maxSplits: maxSplits, omittingEmpty: omittingEmpty) { $0 == separator }
  }

  /// The parts between ASCII separators.
  public func split(
    maxSplits: Int = .max, omittingEmpty: Bool = true, at isSeparator: (UInt8) -> Bool
  ) -> [Substring] {
    var parts: [Substring] = []
    var start = startIndex
    var splits = 0
    var index = start
    while index != endIndex, splits < maxSplits {
      let next = utf8.index(after: index)
      if isSeparator(utf8[index]) {
        if !omittingEmpty || start != index {
          parts.append(self[start..<index])
          splits += 1
        }
        start = next
      }
      index = next
    }
    if !omittingEmpty || start != endIndex { parts.append(self[start...]) }
    return parts
  }

  /// The lines, terminated by LF or CR LF; a final terminator starts no further line.
  public var lines: [Substring] {
    var lines = split(at: "\n", omittingEmpty: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines.map { $0.utf8.last == UInt8(ascii: "\r") ? $0[..<$0.utf8.index(before: $0.endIndex)] : $0 }
  }

  public func firstIndex(ofASCII scalar: Unicode.Scalar) -> Index? { utf8.firstIndex(of: UInt8(ascii: scalar)) }

  public func lastIndex(ofASCII scalar: Unicode.Scalar) -> Index? {
    let byte = UInt8(ascii: scalar)
    return self[...].utf8.lastIndex(of: byte)
  }

  /// The text after an ASCII character at `index`.
  public func after(_ index: Index) -> Substring { self[utf8.index(after: index)...] }

  /// The text before the first occurrence of an ASCII character; all of it if there is none.
  public func upTo(_ scalar: Unicode.Scalar) -> Substring { self[..<(firstIndex(ofASCII: scalar) ?? endIndex)] }

  /// The range of the first occurrence of a text.
  public func firstRange(ofBytes text: some StringProtocol) -> Range<Index>? {
    guard let head = text.utf8.first else { return startIndex..<startIndex }
    let count = text.utf8.count
    var left = utf8.count
    var index = startIndex
    while left >= count {
      if utf8[index] == head, utf8[index...].starts(with: text.utf8) {
        return index..<utf8.index(index, offsetBy: count)
      }
      index = utf8.index(after: index)
      left -= 1
    }
    return nil
  }

  public func containsBytes(of text: some StringProtocol) -> Bool { firstRange(ofBytes: text) != nil }

  /// Replaces all occurrences of a text.
  public func replacingBytes(of piece: some StringProtocol, with other: some StringProtocol) -> String {
    guard !piece.isEmpty else { return String(self) }
    var result = ""
    var rest = self[...]
    while let found = rest.firstRange(ofBytes: piece) {
      result += rest[..<found.lowerBound]
      result += other
      rest = rest[found.upperBound...]
    }
    return result + rest
  }

  /// Trims matching ASCII bytes at both ends; by default spaces, tabs and line ends.
  public func trimmingASCII(
    where goes: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
  ) -> Substring {
    let text = self[...]
    guard let first = text.utf8.firstIndex(where: { !goes($0) }), let last = text.utf8.lastIndex(where: { !goes($0) })
    else { return self[endIndex...] }
    return text[first..<text.utf8.index(after: last)]
  }

  /// Lowercases A to Z only: `lowercased()` also turns U+212A into "k".
  public var lowercasedASCII: String {
    String(decoding: utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
  }

  /// The text after a prefix; nil if it has another prefix.
  public func droppingPrefix(_ prefix: some StringProtocol) -> Substring? {
    startsWith(prefix) ? self[utf8.index(startIndex, offsetBy: prefix.utf8.count)...] : nil
  }
}

/// Unicode white space and line ends, matched by scalar, so that a combining mark does not hide a space.
extension StringProtocol where SubSequence == Substring {
  /// Whether it contains only white space.
  public var isBlank: Bool { unicodeScalars.allSatisfy(\.properties.isWhitespace) }

  /// Without leading white space.
  public var droppingBlanks: Substring { Substring(self[...].unicodeScalars.drop(while: \.properties.isWhitespace)) }

  /// Without white space at both ends.
  public var trimmed: String {
    let text = self[...].unicodeScalars
    guard let last = text.lastIndex(where: { !$0.properties.isWhitespace }) else { return "" }
    return String(text[...last].drop(while: \.properties.isWhitespace))
  }

  /// The parts between white space.
  public var words: [Substring] {
    self[...].unicodeScalars.split(whereSeparator: \.properties.isWhitespace).map { Substring($0) }
  }

  /// All non-empty lines joined into one.
  public func oneLine(joinedBy separator: String = " ") -> String {
    let isEnd = { (scalar: Unicode.Scalar) in
      (0x0A...0x0D).contains(scalar.value) || [0x85, 0x2028, 0x2029].contains(scalar.value)
    }
    return self[...].unicodeScalars.split(whereSeparator: isEnd).map { String($0) }.joined(separator: separator)
  }
}
