/// Separators, prefixes and parts of a text from outside, looked for in its UTF-8 bytes.
///
/// The operations of `String` itself go by `Character`: a mark that combines with a separator hides it, `"\n"` is not
/// found in CR LF, and canonical equivalence makes a semicolon of U+037E. A guard that is read by one and a file system
/// that goes by the other disagree about what a text says.
///
/// Parameters of one scalar are ASCII, so that a part never begins or ends within a character.
extension StringProtocol where SubSequence == Substring {
  /// Whether two texts are the same UTF-8 bytes.
  public func hasSameBytes(as other: some StringProtocol) -> Bool {
    utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8)
  }

  public func startsWith(_ prefix: some StringProtocol) -> Bool { utf8.starts(with: prefix.utf8) }

  public func endsWith(_ suffix: some StringProtocol) -> Bool {
    utf8.count >= suffix.utf8.count && utf8.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
  }

  /// The parts between a separator.
  public func split(
    at separator: Unicode.Scalar, maxSplits: Int = .max, omittingEmpty: Bool = true
  ) -> [Substring] {
    let separator = UInt8(ascii: separator)
    return split(maxSplits: maxSplits, omittingEmpty: omittingEmpty) { $0 == separator }
  }

  /// The parts between bytes of ASCII that are separators.
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

  /// The lines, ended by LF or CR LF; after a last end there is none.
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

  /// What stands after an ASCII character.
  public func after(_ index: Index) -> Substring { self[utf8.index(after: index)...] }

  /// What comes before the first of an ASCII character; all of it if there is none.
  public func upTo(_ scalar: Unicode.Scalar) -> Substring { self[..<(firstIndex(ofASCII: scalar) ?? endIndex)] }

  /// Where a text first stands in this one.
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

  /// This text with another one put in the place of each piece.
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

  /// Without the bytes of ASCII at both ends that are to go; spaces, tabs and ends of lines unless it says others.
  public func trimmingASCII(
    where goes: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
  ) -> Substring {
    let text = self[...]
    guard let first = text.utf8.firstIndex(where: { !goes($0) }), let last = text.utf8.lastIndex(where: { !goes($0) })
    else { return self[endIndex...] }
    return text[first..<text.utf8.index(after: last)]
  }

  /// With A to Z in lower case and all else left alone: `lowercased()` makes a "k" of U+212A too.
  public var lowercasedASCII: String {
    String(decoding: utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
  }

  /// What follows a beginning; nil if the text begins otherwise.
  public func droppingPrefix(_ prefix: some StringProtocol) -> Substring? {
    startsWith(prefix) ? self[utf8.index(startIndex, offsetBy: prefix.utf8.count)...] : nil
  }
}

/// White space and ends of lines by Unicode, looked for in scalars: a mark that follows a space does not hide it.
extension StringProtocol where SubSequence == Substring {
  /// Whether there is nothing but white space.
  public var isBlank: Bool { unicodeScalars.allSatisfy(\.properties.isWhitespace) }

  /// Without white space at the beginning.
  public var droppingBlanks: Substring { Substring(self[...].unicodeScalars.drop(while: \.properties.isWhitespace)) }

  /// Without white space at both ends.
  public var trimmed: String {
    let text = self[...].unicodeScalars
    guard let last = text.lastIndex(where: { !$0.properties.isWhitespace }) else { return "" }
    return String(text[...last].drop(while: \.properties.isWhitespace))
  }

  /// What stands between white space.
  public var words: [Substring] {
    self[...].unicodeScalars.split(whereSeparator: \.properties.isWhitespace).map { Substring($0) }
  }

  /// All lines that are not empty, in one.
  public func oneLine(joinedBy separator: String = " ") -> String {
    let isEnd = { (scalar: Unicode.Scalar) in
      (0x0A...0x0D).contains(scalar.value) || [0x85, 0x2028, 0x2029].contains(scalar.value)
    }
    return self[...].unicodeScalars.split(whereSeparator: isEnd).map { String($0) }.joined(separator: separator)
  }
}
