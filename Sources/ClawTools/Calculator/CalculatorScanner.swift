/// Splits an expression into numbers, names and symbols.
struct CalculatorScanner {
  enum Kind: Equatable {
    case number(CalculatorNumber)
    case name(String)
    /// One of + - * / % ^ ( ) and the comma.
    case symbol(Unicode.Scalar)
    case end
  }

  struct Token {
    let kind: Kind
    /// From 1, in Unicode scalars.
    let position: Int

    var description: String {
      switch kind {
      case .number: "a number"
      case .name(let name): "\"\(name)\""
      case .symbol(let symbol): "'\(symbol)'"
      case .end: "the end of the expression"
      }
    }
  }

  private let scalars: [Unicode.Scalar]
  private var index = 0

  init(_ scalars: [Unicode.Scalar]) { self.scalars = scalars }

  private var current: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

  mutating func next() throws(CalculatorError) -> Token {
    while let scalar = current, scalar.properties.isWhitespace { index += 1 }
    let position = index + 1
    guard let scalar = current else { return Token(kind: .end, position: position) }
    if Self.isDigit(scalar) || scalar == "." { return Token(kind: .number(try number()), position: position) }
    if scalar.properties.isAlphabetic { return Token(kind: .name(name()), position: position) }
    guard let symbol = Self.symbol(scalar) else {
      throw CalculatorError(reason: .unknownCharacter(Self.shown(scalar)), position: position)
    }
    index += 1
    // "**" is the power operator of some languages.
    if scalar == "*", current == "*" {
      index += 1
      return Token(kind: .symbol("^"), position: position)
    }
    return Token(kind: .symbol(symbol), position: position)
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

  private static func symbol(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
    switch scalar {
    case "+", "-", "*", "/", "%", "^", "(", ")", ",": scalar
    case "\u{D7}", "\u{B7}": "*"  // multiplication signs
    case "\u{F7}": "/"
    case "\u{2212}": "-"
    default: nil
    }
  }

  private static func shown(_ scalar: Unicode.Scalar) -> String {
    scalar.isASCII && scalar.value >= 0x20 && scalar.value < 0x7F
      ? "'\(scalar)'" : "the character U+" + String(scalar.value, radix: 16, uppercase: true)
  }

  /// Letters, then letters and digits; in lower case, so that `Sin` is `sin`. At most 20 are kept, for a message.
  private mutating func name() -> String {
    let start = index
    while let scalar = current, scalar.properties.isAlphabetic || Self.isDigit(scalar) { index += 1 }
    var name = ""
    name.unicodeScalars.append(contentsOf: scalars[start..<index].prefix(20))
    return name.lowercased()
  }

  /// `12`, `1.5`, `.5`, `5.`, `2e-3`.
  private mutating func number() throws(CalculatorError) -> CalculatorNumber {
    let start = index
    let whole = digits()
    var fraction = ""
    if current == "." {
      index += 1
      fraction = digits()
    }
    var exponent = ""
    var isMalformed = whole.isEmpty && fraction.isEmpty
    if current == "e" || current == "E" {
      index += 1
      if current == "-" || current == "+" {
        exponent = current == "-" ? "-" : ""
        index += 1
      }
      let size = digits()
      isMalformed = isMalformed || size.isEmpty
      exponent += size
    }
    guard !isMalformed else { throw CalculatorError(reason: .malformedNumber, position: start + 1) }
    do {
      return try CalculatorNumber(whole: whole, fraction: fraction, exponent: exponent)
    } catch {
      throw CalculatorError(reason: error, position: start + 1)
    }
  }

  private mutating func digits() -> String {
    var text = ""
    while let scalar = current, Self.isDigit(scalar) {
      text.unicodeScalars.append(scalar)
      index += 1
    }
    return text
  }
}

extension CalculatorNumber {
  /// The number from its parts: digits, any of which may be empty; the exponent may have a minus sign.
  init(whole: String, fraction: String, exponent: String) throws(CalculatorError.Reason) {
    if let exact = Self.exactly(whole: whole, fraction: fraction, exponent: exponent) {
      self = .exact(exact)
      return
    }
    let text = "0\(whole).\(fraction)0" + (exponent.isEmpty ? "" : "e\(exponent)")
    guard let double = Double(text) else { throw .malformedNumber }
    let hasDigits = (whole + fraction).utf8.contains { $0 != UInt8(ascii: "0") }
    if double == 0, hasDigits { throw .underflow }
    try self.init(finite: double)
  }

  private static func exactly(whole: String, fraction: String, exponent: String) -> Rational? {
    guard let coefficient = Int128(whole + fraction), let written = exponent.isEmpty ? 0 : Int(exponent),
      (-1_000...1_000).contains(written), let value = Rational(coefficient)
    else { return nil }
    guard let scale = Rational(10).power(written - fraction.utf8.count) else { return coefficient == 0 ? .zero : nil }
    return value.multiplied(by: scale)
  }
}
