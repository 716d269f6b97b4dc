/// Converts JSON scalars to Swift scalars. The path is evaluated only for an error.
enum JSONScalar {
  static func bool(_ value: JSONValue, at path: @autoclosure () -> JSONPath) throws(JSONError) -> Bool {
    guard case .bool(let bool) = value else { throw .mismatch("a boolean", value, at: path()) }
    return bool
  }

  static func string(_ value: JSONValue, at path: @autoclosure () -> JSONPath) throws(JSONError) -> String {
    guard case .string(let string) = value else { throw .mismatch("a string", value, at: path()) }
    return string
  }

  static func double(_ value: JSONValue, at path: @autoclosure () -> JSONPath) throws(JSONError) -> Double {
    guard let double = value.doubleValue else { throw .mismatch("a number", value, at: path()) }
    return double
  }

  static func float(_ value: JSONValue, at path: @autoclosure () -> JSONPath) throws(JSONError) -> Float {
    let double = try double(value, at: path())
    let float = Float(double)
    guard float.isFinite || !double.isFinite else {
      throw JSONError(
        kind: .notRepresentable, message: "must fit a 32-bit floating point number", path: path().text)
    }
    return float
  }

  /// A whole number; `2.0` is one, `2.5` is not.
  static func integer<T: FixedWidthInteger>(
    _ value: JSONValue, at path: @autoclosure () -> JSONPath
  ) throws(JSONError) -> T {
    switch value {
    case .integer(let integer):
      if let exact = T(exactly: integer) { return exact }
    case .number(let number):
      if let exact = T(exactly: number) { return exact }
      guard number.rounded(.towardZero) == number else {
        throw JSONError(kind: .typeMismatch, message: "must be a whole number", path: path().text)
      }
    default:
      throw .mismatch("a whole number", value, at: path())
    }
    throw JSONError(kind: .notRepresentable, message: "must be between \(T.min) and \(T.max)", path: path().text)
  }
}
