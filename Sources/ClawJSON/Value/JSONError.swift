/// Why a document could not be read, or a value could not be written.
public struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What sort of failure it is.
  public enum Kind: String, Sendable, Hashable {
    /// The text is not JSON.
    case syntax
    /// Arrays and objects are nested deeper than the limit.
    case depth
    /// The bytes are not UTF-8, or an escape names half a surrogate pair.
    case utf8
    /// A value has another type than the one that was asked for.
    case typeMismatch
    /// A required member or element is not there.
    case missing
    /// A number does not fit the type it goes to, or JSON has no way to write it.
    case notRepresentable
    /// The type that was decoded refused the value.
    case invalid
  }

  public let kind: Kind
  /// A sentence without its place, such as `expected ',' or '}'`.
  public let message: String
  /// The line of a fault in the text, from 1.
  public let line: Int?
  /// The column of a fault in the text, from 1, counted in Unicode scalars.
  public let column: Int?
  /// The place of a fault in the document, such as `params.messages[2].role`; empty for the document itself.
  public let path: String

  public init(kind: Kind, message: String, line: Int? = nil, column: Int? = nil, path: String = "") {
    self.kind = kind
    self.message = message
    self.line = line
    self.column = column
    self.path = path
  }

  /// The place, as far as it is known, and the message.
  public var description: String {
    var place = path.isEmpty ? "" : "\(path): "
    if let line, let column { place += "line \(line), column \(column): " }
    return place + message
  }

  /// The same failure at a place, when its own is not known.
  func located(at path: JSONPath) -> JSONError {
    guard self.path.isEmpty, line == nil else { return self }
    return JSONError(kind: kind, message: message, path: path.text)
  }
}
