/// Characters that a person does not see and a model reads: invisible ones, and those that turn the order of letters
/// around. Text that is shown to a model as it stands in a file must look to its reader as it does to the model.
enum HiddenCharacters {
  /// Marks that people's editors and keyboards leave behind, Hebrew and Arabic ones above all, and that hide no words: a
  /// soft hyphen, marks of direction for the letter beside them.
  private static let harmless: Set<UInt32> = [0xAD, 0x61C, 0x200E, 0x200F]

  /// The first one, and where it stands: a line, counted from 1.
  /// - Parameter passingHarmless: Whether those are passed over that hide no words.
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

  /// The text without them, and how many there were.
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
    // Joiners have their place inside of emoji and of words of many scripts, one at a time.
    case 0x200C, 0x200D: !mayBeJoined(previous)
    // Of the marks that choose between two looks, those for text and emoji are common.
    case 0xFE0E, 0xFE0F: previous.map { !$0.properties.isEmoji } ?? true
    // Between lines of annotation, which nothing shows.
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
