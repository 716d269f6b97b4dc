extension JSONValue {
  /// A finite number.
  static func boxed(_ value: Double, at path: @autoclosure () -> JSONPath) throws(JSONError) -> JSONValue {
    guard value.isFinite else {
      throw JSONError(kind: .notRepresentable, message: "JSON has no way to write \(value)", path: path().text)
    }
    return .number(value)
  }

  /// Keeps the shortest decimal digits of the 32-bit number: 0.1 stays 0.1.
  static func boxed(_ value: Float, at path: @autoclosure () -> JSONPath) throws(JSONError) -> JSONValue {
    guard value.isFinite, let double = Double(value.description) else {
      return try boxed(Double(value), at: path())
    }
    return .number(double)
  }

  /// A whole number. Above `Int64.max` only values that a double represents exactly can be encoded.
  static func boxed(
    _ value: some FixedWidthInteger, at path: @autoclosure () -> JSONPath
  ) throws(JSONError) -> JSONValue {
    if let integer = Int64(exactly: value) { return .integer(integer) }
    if let number = Double(exactly: value) { return .number(number) }
    throw JSONError(
      kind: .notRepresentable, message: "\(value) is outside of the range of 64-bit signed integers",
      path: path().text)
  }
}
