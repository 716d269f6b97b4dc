extension Rational {
  /// Digits shown of an infinite fraction: 1/3 is 0.33333333333333333333.
  private static let endlessDigits = 20
  /// Minimum number of these after the decimal point, so that a fraction never looks like a whole number.
  private static let endlessPlaces = 4
  /// Most digits shown of a finite fraction.
  private static let mostDigits = 34

  /// Decimal digits without an exponent: all of them, or twenty significant ones. Nil for fractions so small or with so
  /// many digits that a floating point number is better.
  var decimalText: String? {
    if isWhole { return numerator.description }
    let (whole, first) = numerator.magnitude.quotientAndRemainder(dividingBy: denominator.magnitude)
    var digits = DecimalDigits(whole: whole)
    let isEnded = digits.append(
      first, over: denominator.magnitude, upTo: Self.mostDigits, butPlaces: Self.endlessPlaces + 1)
    guard let isEnded else { return nil }
    if !isEnded { digits.round(to: Self.endlessDigits, butPlaces: Self.endlessPlaces) }
    return digits.text.map { (isNegative ? "-" : "") + $0 }
  }
}

/// Digits around a decimal point.
private struct DecimalDigits {
  /// The digits before the decimal point, then those after it.
  private var digits: [UInt8]
  private var pointIndex: Int
  /// Number of leading zeros, which are not significant.
  private var leadingZeros: Int

  init(whole: UInt128) {
    digits = whole.description.utf8.map { $0 - UInt8(ascii: "0") }
    pointIndex = digits.count
    leadingZeros = whole == 0 ? 1 : 0
  }

  /// Long division. Returns whether the fraction is finite; nil on overflow.
  mutating func append(
    _ remainder: UInt128, over divisor: UInt128, upTo mostDigits: Int, butPlaces leastPlaces: Int
  ) -> Bool? {
    var rest = remainder
    while rest != 0, digits.count - leadingZeros <= mostDigits || digits.count - pointIndex < leastPlaces {
      let (tens, overflow) = rest.multipliedReportingOverflow(by: 10)
      if overflow { return nil }
      let (digit, next) = tens.quotientAndRemainder(dividingBy: divisor)
      if digit == 0, leadingZeros == digits.count { leadingZeros += 1 }
      if leadingZeros > 9 { return nil }
      digits.append(UInt8(digit))
      rest = next
    }
    return rest == 0
  }

  /// Keeps this many significant digits, and at least this many after the decimal point.
  mutating func round(to count: Int, butPlaces leastPlaces: Int) {
    let kept = max(pointIndex + leastPlaces, leadingZeros + count)
    guard kept < digits.count else { return }
    let roundsUp = digits[kept] >= 5
    digits.removeSubrange(kept...)
    guard roundsUp else { return }
    var index = kept - 1
    while index >= 0, digits[index] == 9 {
      digits[index] = 0
      index -= 1
    }
    if index >= 0 {
      digits[index] += 1
    } else {
      digits.insert(1, at: 0)
      pointIndex += 1
    }
  }

  var text: String? {
    var shown = digits
    while shown.count > pointIndex, shown.last == 0 { shown.removeLast() }
    var text = shown.map { UInt8(ascii: "0") + $0 }
    if text.count > pointIndex { text.insert(UInt8(ascii: "."), at: pointIndex) }
    return String(validating: text, as: UTF8.self)
  }
}
