extension Rational {
  /// How many digits are shown when a fraction has no end: 1/3 is 0.33333333333333333333.
  private static let endlessDigits = 20
  /// How many of them stand after the point at least, so that what is no whole number never looks like one.
  private static let endlessPlaces = 4
  /// How many digits are shown when they are all there are.
  private static let mostDigits = 34

  /// Decimal digits without an exponent: all of them, or twenty that count. Nil for fractions so small or so fine
  /// that they are better shown as a floating point number.
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
  /// The digits before the point, then those after it.
  private var digits: [UInt8]
  private var pointIndex: Int
  /// How many leading zeros do not count as digits.
  private var leadingZeros: Int

  init(whole: UInt128) {
    digits = whole.description.utf8.map { $0 - UInt8(ascii: "0") }
    pointIndex = digits.count
    leadingZeros = whole == 0 ? 1 : 0
  }

  /// Divides by hand. Answers whether the fraction came to its end; nil when it can't be divided further.
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

  /// Keeps so many digits that count, and at least so many after the point.
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
