/// The set of Unicode scalars that one position of a pattern matches.
struct ScalarSet: Sendable, Hashable {
  /// General categories accepted by `\p{…}`.
  enum Category: String, Sendable, Hashable, CaseIterable {
    case letter = "L"
    case uppercase = "Lu"
    case lowercase = "Ll"
    case mark = "M"
    case number = "N"
    case decimal = "Nd"
    case punctuation = "P"
    case symbol = "S"
    case separator = "Z"

    init?(name: String) {
      switch name {
      case "Letter": self = .letter
      case "Uppercase_Letter": self = .uppercase
      case "Lowercase_Letter": self = .lowercase
      case "Mark": self = .mark
      case "Number": self = .number
      case "Decimal_Number": self = .decimal
      case "Punctuation": self = .punctuation
      case "Symbol": self = .symbol
      case "Separator": self = .separator
      default: self.init(rawValue: name)
      }
    }

    func contains(_ scalar: Unicode.Scalar) -> Bool {
      switch (scalar.properties.generalCategory, self) {
      case (.uppercaseLetter, .uppercase), (.lowercaseLetter, .lowercase), (.decimalNumber, .decimal): true
      case (.uppercaseLetter, .letter), (.lowercaseLetter, .letter), (.titlecaseLetter, .letter),
        (.modifierLetter, .letter), (.otherLetter, .letter):
        true
      case (.nonspacingMark, .mark), (.spacingMark, .mark), (.enclosingMark, .mark): true
      case (.decimalNumber, .number), (.letterNumber, .number), (.otherNumber, .number): true
      case (.connectorPunctuation, .punctuation), (.dashPunctuation, .punctuation), (.openPunctuation, .punctuation),
        (.closePunctuation, .punctuation), (.initialPunctuation, .punctuation), (.finalPunctuation, .punctuation),
        (.otherPunctuation, .punctuation):
        true
      case (.mathSymbol, .symbol), (.currencySymbol, .symbol), (.modifierSymbol, .symbol), (.otherSymbol, .symbol): true
      case (.spaceSeparator, .separator), (.lineSeparator, .separator), (.paragraphSeparator, .separator): true
      default: false
      }
    }
  }

  private(set) var ranges: [ClosedRange<UInt32>] = []
  private var categories: [Category] = []
  /// Nested sets, such as `\D` inside a class.
  private var others: [ScalarSet] = []
  var isNegated = false

  init(_ ranges: [ClosedRange<UInt32>] = [], negated: Bool = false) {
    self.ranges = ranges
    isNegated = negated
  }

  init(_ scalar: Unicode.Scalar) { ranges = [scalar.value...scalar.value] }

  init(_ category: Category, negated: Bool) {
    categories = [category]
    isNegated = negated
  }

  mutating func add(_ range: ClosedRange<UInt32>) { ranges.append(range) }
  mutating func add(_ other: ScalarSet) { others.append(other) }

  func contains(_ scalar: Unicode.Scalar, ignoringCase: Bool) -> Bool {
    if has(scalar) { return true != isNegated }
    guard ignoringCase, let other = Self.otherCase(of: scalar) else { return isNegated }
    return has(other) != isNegated
  }

  private func has(_ scalar: Unicode.Scalar) -> Bool {
    ranges.contains { $0.contains(scalar.value) } || categories.contains { $0.contains(scalar) }
      || others.contains { $0.contains(scalar, ignoringCase: false) }
  }

  private static func otherCase(of scalar: Unicode.Scalar) -> Unicode.Scalar? {
    switch scalar.value {
    case 0x41...0x5A, 0x61...0x7A: Unicode.Scalar(scalar.value ^ 0x20)
    default: nil
    }
  }

  static let digits = ScalarSet([0x30...0x39])
  static let word = ScalarSet([0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
  static let space = ScalarSet([
    0x09...0x0D, 0x20...0x20, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029, 0x202F...0x202F,
    0x205F...0x205F, 0x3000...0x3000, 0xFEFF...0xFEFF,
  ])
  /// All scalars but line terminators.
  static let dot = ScalarSet([0x0A...0x0A, 0x0D...0x0D, 0x2028...0x2029], negated: true)

  static prefix func ! (set: ScalarSet) -> ScalarSet {
    var set = set
    set.isNegated.toggle()
    return set
  }
}
