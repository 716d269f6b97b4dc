/// Why a document could not be read, or a value could not be written.
public struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kind of failure.
  public enum Kind: String, Sendable, Hashable {
    /// The text is not JSON.
    case syntax
    /// Arrays and objects are nested deeper than the limit.
    case depth
    /// The bytes are not UTF-8, or an escape is half of a surrogate pair.
    case utf8
    /// A value has another type than requested.
    case typeMismatch
    /// A required member or element is missing.
    case missing
    /// A number does not fit the target type, or can't be represented in JSON.
    case notRepresentable
    /// The decoded type rejected the value.
    case invalid
  }

  public let kind: Kind
  /// A sentence without the location, such as `expected ',' or '}'`.
  public let message: String
  /// The line of a syntax error, from 1.
  public let line: Int?
  /// The column of a syntax error, from 1, counted in Unicode scalars.
  public let column: Int?
  /// The path of the value at fault, such as `params.messages[2].role`; empty for the document itself.
  public let path: String

  public init(kind: Kind, message: String, line: Int? = nil, column: Int? = nil, path: String = "") {
    self.kind = kind
    self.message = message
    self.line = line
    self.column = column
    self.path = path
  }

  /// The location, as far as known, and the message.
  public var description: String {
    var place = path.isEmpty ? "" : "\(path): "
    if let line, let column { place += "line \(line), column \(column): " }
    return place + message
  }

  /// The same failure with a location, if it has none.
  func located(at path: JSONPath) -> JSONError {
    guard self.path.isEmpty, line == nil else { return self }
    return JSONError(kind: kind, message: message, path: path.text)
  }
}
