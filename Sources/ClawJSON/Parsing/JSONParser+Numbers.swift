extension JSONParser {
  /// Parses a number; the position is at its sign or first digit.
  mutating func parseNumber() throws(JSONSyntaxFailure) -> JSONValue {
    let start = position
    let isNegative = current == UInt8(ascii: "-")
    if isNegative { position += 1 }
    var digits = Significand()
    try parseWholePart(into: &digits)

    var isWhole = true
    var exponent = 0
    if current == UInt8(ascii: ".") {
      isWhole = false
      position += 1
      let count = try parseDigits(into: &digits)
      exponent = -count
    }
    if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
      isWhole = false
      exponent += try parseExponent()
    }

    if isWhole, let integer = digits.integer(isNegative: isNegative) { return .integer(integer) }
    if let double = digits.double(isNegative: isNegative, exponent: exponent) { return .number(double) }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    guard let double = Double(text), double.isFinite else { throw failure(.numberTooLarge, at: start) }
    return .number(double)
  }

  private mutating func parseWholePart(into digits: inout Significand) throws(JSONSyntaxFailure) {
    if current == UInt8(ascii: "0") {
      digits.append(0)
      position += 1
      if case UInt8(ascii: "0")...UInt8(ascii: "9") = current {
        throw failure(.told("a number must not start with 0"), at: position - 1)
      }
    } else {
      _ = try parseDigits(into: &digits)
    }
  }

  /// Parses at least one digit and returns the number of digits.
  private mutating func parseDigits(into digits: inout Significand) throws(JSONSyntaxFailure) -> Int {
    let start = position
    while case UInt8(ascii: "0")...UInt8(ascii: "9") = current {
      digits.append(current - UInt8(ascii: "0"))
      position += 1
    }
    guard position > start else { throw failure(.expected("a digit")) }
    return position - start
  }

  /// Parses `e`, an optional sign and digits. The result is clamped far outside of a double's range.
  private mutating func parseExponent() throws(JSONSyntaxFailure) -> Int {
    position += 1
    let isNegative = current == UInt8(ascii: "-")
    if isNegative || current == UInt8(ascii: "+") { position += 1 }
    var digits = Significand()
    _ = try parseDigits(into: &digits)
    let size = digits.isExact ? Int(min(digits.value, 1_000_000)) : 1_000_000
    return isNegative ? -size : size
  }
}

/// The digits of a number without the decimal point, as long as they fit into 64 bits.
private struct Significand {
  private(set) var value: UInt64 = 0
  private(set) var isExact = true

  @inline(__always)
  mutating func append(_ digit: UInt8) {
    let (tens, tensOverflow) = value.multipliedReportingOverflow(by: 10)
    let (sum, sumOverflow) = tens.addingReportingOverflow(UInt64(digit))
    if tensOverflow || sumOverflow { isExact = false }
    value = sum
  }

  /// The whole number, if it fits into 64 bits; `-0` is left to `double`, which keeps its sign.
  func integer(isNegative: Bool) -> Int64? {
    guard isExact else { return nil }
    if !isNegative { return Int64(exactly: value) }
    if value == 0 || value > UInt64(Int64.max) + 1 { return nil }
    return Int64(truncatingIfNeeded: 0 &- value)
  }

  /// The number by a single rounding: both the digits and the power of ten have an exact double, so that the result is
  /// correctly rounded. Nil if they have not.
  func double(isNegative: Bool, exponent: Int) -> Double? {
    guard isExact, value <= 1 << 53, (-22...22).contains(exponent) else { return nil }
    let size = Double(value)
    let scaled = exponent < 0 ? size / Self.powersOfTen[-exponent] : size * Self.powersOfTen[exponent]
    return isNegative ? -scaled : scaled
  }

  private static let powersOfTen: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
    1e20, 1e21, 1e22,
  ]
}
