/// Characters invisible to a reader but not to a model: invisible ones, and bidirectional controls. Text shown to a
/// model must look the same to a person.
enum HiddenCharacters {
  /// Characters that editors and keyboards insert, above all for Hebrew and Arabic, and that hide no words: the soft
  /// hyphen and direction marks.
  private static let harmless: Set<UInt32> = [0xAD, 0x61C, 0x200E, 0x200F]

  /// The first one and its line, from 1.
  /// - Parameter passingHarmless: Whether to ignore those that hide no words.
  static func first(in text: String, passingHarmless: Bool = false) -> (line: Int, name: String)? {
    var line = 1
    var previous: Unicode.Scalar?
    for scalar in text.unicodeScalars {
      if passingHarmless, harmless.contains(scalar.value) { continue }
      if isHidden(scalar, after: previous) { return (line, name(of: scalar)) }
      if scalar == "\n" { line += 1 }
      previous = scalar
    }
    return nil
  }

  /// The text without them, and their number.
  static func removed(from text: String) -> (text: String, count: Int) {
    var kept = String.UnicodeScalarView()
    var count = 0
    var previous: Unicode.Scalar?
    for scalar in text.unicodeScalars {
      if isHidden(scalar, after: previous) {
        count += 1
      } else {
        kept.append(scalar)
        previous = scalar
      }
    }
    return (String(kept), count)
  }

  /// Such as `U+200B`.
  static func name(of scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }

  private static func isHidden(_ scalar: Unicode.Scalar, after previous: Unicode.Scalar?) -> Bool {
    switch scalar.value {
    case 0x20...0x7E, 0x09, 0x0A, 0x0D: false
    // Single joiners are legitimate within emoji and words of many scripts.
    case 0x200C, 0x200D: !mayBeJoined(previous)
    // Variation selectors for text and emoji presentation are common.
    case 0xFE0E, 0xFE0F: previous.map { !$0.properties.isEmoji } ?? true
    // Interlinear annotations, which nothing displays.
    case 0xFFF9...0xFFFB: true
    default:
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator, .surrogate: true
      default: scalar.properties.isDefaultIgnorableCodePoint
      }
    }
  }

  private static func mayBeJoined(_ scalar: Unicode.Scalar?) -> Bool {
    guard let scalar, !scalar.isASCII else { return false }
    let properties = scalar.properties
    switch properties.generalCategory {
    case .nonspacingMark, .spacingMark, .otherLetter: return true
    default: return properties.isEmoji || properties.isEmojiModifier
    }
  }
}
