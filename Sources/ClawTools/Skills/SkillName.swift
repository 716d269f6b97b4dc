/// The name of a skill.
struct SkillName: Sendable, Hashable {
  /// Longest name, in bytes.
  static let maxBytes = 64

  /// For display.
  let text: String
  /// Names that differ only in case, or in spaces and hyphens, are the same name: so no skill can impersonate another.
  let id: String

  /// - Throws: a problem unless it is 1–64 bytes of letters, digits, spaces, `-`, `_` and `.`, begins with a letter or
  ///   digit, and does not end with a dot or a space, so that it has no special meaning in a path.
  init(_ text: String) throws(SkillDocument.Problem) {
    guard let name = SkillName(wellFormed: text) else {
      throw SkillDocument.Problem(
        description: "the name must be 1 to \(Self.maxBytes) bytes of letters, digits, spaces, '-', '_' and '.', and "
          + "begin with a letter or digit")
    }
    self = name
  }

  private init?(wellFormed text: String) {
    guard (1...Self.maxBytes).contains(text.utf8.count), let first = text.unicodeScalars.first, Self.isLetter(first),
      let last = text.unicodeScalars.last, last != ".", last != " ",
      text.unicodeScalars.allSatisfy({ Self.isLetter($0) || Self.isMark($0) })
    else { return nil }
    self.text = text
    id = Self.id(of: text)
  }

  /// The ID for a name as written by a user.
  static func id(of text: String) -> String {
    String(text.lowercased().map { $0 == " " ? "-" : $0 })
  }

  private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
    [" ", "-", "_", "."].contains(scalar)
      || [.nonspacingMark, .spacingMark].contains(scalar.properties.generalCategory)
  }

  private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber: true
    default: false
    }
  }
}
