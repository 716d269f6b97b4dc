/// An exact fraction in lowest terms. Every operation returns nil if its result does not fit, and never traps.
struct Rational: Equatable {
  /// Never `Int128.min`, so that it can be negated.
  let numerator: Int128
  /// Positive.
  let denominator: Int128

  static let zero = Rational(0)
  static let one = Rational(1)

  private init(lowest numerator: Int128, _ denominator: Int128) {
    self.numerator = numerator
    self.denominator = denominator
  }

  init(_ whole: Int64) { self.init(lowest: Int128(whole), 1) }

  init?(_ numerator: Int128, over denominator: Int128 = 1) {
    guard denominator != 0, numerator != .min, denominator != .min else { return nil }
    let divisor = Self.commonDivisor(numerator.magnitude, denominator.magnitude)
    let sign: Int128 = denominator < 0 ? -1 : 1
    self.init(lowest: numerator / divisor * sign, denominator / divisor * sign)
  }

  /// Both arguments are at most `Int128.max`, and so is their common divisor.
  private static func commonDivisor(_ first: UInt128, _ second: UInt128) -> Int128 {
    var (larger, smaller) = (first, second)
    while smaller != 0 { (larger, smaller) = (smaller, larger % smaller) }
    return Int128(larger)
  }

  var isWhole: Bool { denominator == 1 }
  var isNegative: Bool { numerator < 0 }
  var isZero: Bool { numerator == 0 }
  var double: Double { Double(numerator) / Double(denominator) }

  static prefix func - (value: Rational) -> Rational { Rational(lowest: -value.numerator, value.denominator) }

  func adding(_ other: Rational) -> Rational? {
    guard let left = product(numerator, other.denominator), let right = product(other.numerator, denominator),
      let bottom = product(denominator, other.denominator)
    else { return nil }
    let (top, overflow) = left.addingReportingOverflow(right)
    return overflow ? nil : Rational(top, over: bottom)
  }

  func multiplied(by other: Rational) -> Rational? {
    // Cross-cancelling first keeps the products as small as the result.
    guard let left = Rational(numerator, over: other.denominator),
      let right = Rational(other.numerator, over: denominator),
      let top = product(left.numerator, right.numerator), let bottom = product(left.denominator, right.denominator)
    else { return nil }
    return Rational(top, over: bottom)
  }

  /// Nil also for division by zero, which the caller reports separately.
  func divided(by other: Rational) -> Rational? {
    guard let inverse = Rational(other.denominator, over: other.numerator) else { return nil }
    return multiplied(by: inverse)
  }

  /// The remainder of division rounded towards zero: it has the sign of the dividend.
  func remainder(dividingBy other: Rational) -> Rational? {
    guard let quotient = divided(by: other)?.rounded(.towardZero), let whole = quotient.multiplied(by: other) else {
      return nil
    }
    return adding(-whole)
  }

  /// An integer power by repeated squaring.
  func power(_ exponent: Int) -> Rational? {
    var base = self
    if exponent < 0 {
      guard let inverse = Rational(denominator, over: numerator) else { return nil }
      base = inverse
    }
    var result = Rational.one
    var rest = exponent.magnitude
    while rest > 0 {
      if rest & 1 == 1 {
        guard let next = result.multiplied(by: base) else { return nil }
        result = next
      }
      rest >>= 1
      guard rest > 0 else { break }
      guard let square = base.multiplied(by: base) else { return nil }
      base = square
    }
    return result
  }

  /// Rounds to an integer by a rule; ties of the nearest are rounded away from zero.
  func rounded(_ rule: FloatingPointRoundingRule) -> Rational {
    let (quotient, rest) = numerator.quotientAndRemainder(dividingBy: denominator)
    if rest == 0 { return self }
    // With a remainder the denominator is at least 2, so that adding or subtracting one can't overflow.
    let away: Bool
    switch rule {
    case .down: away = isNegative
    case .up: away = !isNegative
    case .towardZero: away = false
    default: away = rest.magnitude >= denominator.magnitude - rest.magnitude
    }
    return Rational(lowest: away ? quotient + (isNegative ? -1 : 1) : quotient, 1)
  }

  /// The exact root, if there is one.
  func squareRoot() -> Rational? {
    guard let top = Self.exactRoot(numerator), let bottom = Self.exactRoot(denominator) else { return nil }
    return Rational(lowest: top, bottom)
  }

  private static func exactRoot(_ value: Int128) -> Int128? {
    guard value >= 0 else { return nil }
    let guess = Int128(Double(value).squareRoot())
    for root in max(0, guess - 2)...(guess + 2) where product(root, root) == value { return root }
    return nil
  }
}

private func product(_ first: Int128, _ second: Int128) -> Int128? {
  let (result, overflow) = first.multipliedReportingOverflow(by: second)
  return overflow ? nil : result
}

extension Rational: Comparable {
  static func < (left: Rational, right: Rational) -> Bool {
    let first = left.numerator.multipliedFullWidth(by: right.denominator)
    let second = right.numerator.multipliedFullWidth(by: left.denominator)
    return (first.high, first.low) < (second.high, second.low)
  }
}
