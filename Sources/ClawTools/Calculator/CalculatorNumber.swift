import ClawJSON

/// A value during evaluation: exact as long as possible, then a double.
enum CalculatorNumber: Equatable, CustomStringConvertible {
  case exact(Rational)
  /// Always finite.
  case approximate(Double)

  /// The double as a result, or why there is none.
  init(finite value: Double) throws(CalculatorError.Reason) {
    if value.isNaN { throw .domain("the result is not a real number") }
    guard value.isFinite else { throw .overflow }
    self = .approximate(value)
  }

  var double: Double {
    switch self {
    case .exact(let value): value.double
    case .approximate(let value): value
    }
  }

  var isZero: Bool { double == 0 }

  /// The digits, without `.0` after a whole number.
  var description: String {
    if case .exact(let value) = self, let text = value.decimalText { return text }
    let text = double.description
    if text == "-0.0" { return "0" }
    return text.endsWith(".0") ? String(text.dropLast(2)) : text
  }

  static func + (left: Self, right: Self) throws(CalculatorError.Reason) -> Self {
    try combined(left, right, { $0.adding($1) }, { $0 + $1 })
  }

  static func - (left: Self, right: Self) throws(CalculatorError.Reason) -> Self {
    try combined(left, right, { $0.adding(-$1) }, { $0 - $1 })
  }

  static func * (left: Self, right: Self) throws(CalculatorError.Reason) -> Self {
    let result = try combined(left, right, { $0.multiplied(by: $1) }, { $0 * $1 })
    if result.isZero, !left.isZero, !right.isZero { throw .underflow }
    return result
  }

  static func / (left: Self, right: Self) throws(CalculatorError.Reason) -> Self {
    guard !right.isZero else { throw .divisionByZero }
    let result = try combined(left, right, { $0.divided(by: $1) }, { $0 / $1 })
    if result.isZero, !left.isZero { throw .underflow }
    return result
  }

  static func % (left: Self, right: Self) throws(CalculatorError.Reason) -> Self {
    guard !right.isZero else { throw .divisionByZero }
    return try combined(
      left, right, { $0.remainder(dividingBy: $1) }, { $0.truncatingRemainder(dividingBy: $1) })
  }

  static prefix func - (value: Self) -> Self {
    switch value {
    case .exact(let value): .exact(-value)
    case .approximate(let value): .approximate(-value)
    }
  }

  private static func combined(
    _ left: Self, _ right: Self, _ exactly: (Rational, Rational) -> Rational?, _ roughly: (Double, Double) -> Double
  ) throws(CalculatorError.Reason) -> Self {
    if case .exact(let left) = left, case .exact(let right) = right, let result = exactly(left, right) {
      return .exact(result)
    }
    return try Self(finite: roughly(left.double, right.double))
  }

  /// Exact for whole exponents up to 1,024 as long as the result fits.
  func power(_ exponent: Self) throws(CalculatorError.Reason) -> Self {
    if isZero, exponent.double < 0 { throw .divisionByZero }
    if case .exact(let base) = self, case .exact(let whole) = exponent, whole.isWhole,
      (-1024...1024).contains(whole.numerator), let result = base.power(Int(whole.numerator))
    {
      return .exact(result)
    }
    if double < 0, exponent.double.rounded(.towardZero) != exponent.double {
      throw .domain("a negative number has no real power with a fraction")
    }
    let result = try Self(finite: RealFunctions.power(double, exponent.double))
    if result.isZero, !isZero { throw .underflow }
    return result
  }

  func rounded(_ rule: FloatingPointRoundingRule) -> Self {
    switch self {
    case .exact(let value): .exact(value.rounded(rule))
    case .approximate(let value): .approximate(value.rounded(rule))
    }
  }

  func squareRoot() throws(CalculatorError.Reason) -> Self {
    guard double >= 0 else { throw .domain("a negative number has no real square root") }
    if case .exact(let value) = self, let root = value.squareRoot() { return .exact(root) }
    return try Self(finite: double.squareRoot())
  }

  static func < (left: Self, right: Self) -> Bool {
    if case .exact(let left) = left, case .exact(let right) = right { return left < right }
    return left.double < right.double
  }
}
