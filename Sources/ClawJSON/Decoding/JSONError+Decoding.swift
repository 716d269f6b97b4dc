extension JSONError {
  static func mismatch(_ wanted: String, _ value: JSONValue, at path: JSONPath) -> JSONError {
    JSONError(kind: .typeMismatch, message: "must be \(wanted), not \(value.kindName)", path: path.text)
  }

  static func missing(_ key: any CodingKey, in path: JSONPath) -> JSONError {
    let name = JSONValue.string(key.stringValue).serializedString()
    return JSONError(kind: .missing, message: "\(name) is required", path: path.appending(key).text)
  }

  static func missingElement(_ index: Int, at path: JSONPath) -> JSONError {
    JSONError(
      kind: .missing, message: "the array has only \(index) elements, more are required",
      path: path.appending(index: index).text)
  }

  /// An error thrown by a type's own `init(from:)`, such as that of an enum for an unknown name.
  init(_ error: DecodingError, decoding type: Any.Type, from value: JSONValue, at path: JSONPath) {
    let kind: Kind
    let context: DecodingError.Context
    switch error {
    case .typeMismatch(_, let found): (kind, context) = (.typeMismatch, found)
    case .valueNotFound(_, let found): (kind, context) = (.missing, found)
    case .keyNotFound(let key, let found):
      self = .missing(key, in: found.codingPath.isEmpty ? path : JSONPath(found.codingPath))
      return
    case .dataCorrupted(let found): (kind, context) = (.invalid, found)
    @unknown default:
      self.init(kind: .invalid, message: "\(error)", path: path.text)
      return
    }
    let place = context.codingPath.isEmpty ? path.text : JSONPath(context.codingPath).text
    let message =
      kind == .invalid && place == path.text
      ? Self.choiceMessage(type, value) ?? context.debugDescription
      : context.debugDescription
    self.init(kind: kind, message: message, path: place)
  }

  /// For a string enum: its valid names.
  private static func choiceMessage(_ type: Any.Type, _ value: JSONValue) -> String? {
    guard case .string = value, let type = type as? any (RawRepresentable<String> & CaseIterable).Type else {
      return nil
    }
    let names = choices(of: type)
    let listed = names.prefix(20).joined(separator: ", ") + (names.count > 20 ? ", …" : "")
    return "must be one of \(listed), not \(shortened(value))"
  }

  private static func choices<T: RawRepresentable<String> & CaseIterable>(of type: T.Type) -> [String] {
    type.allCases.map { JSONValue.string($0.rawValue).serializedString() }
  }

  private static func shortened(_ value: JSONValue) -> String {
    guard let text = value.stringValue, text.unicodeScalars.count > 40 else { return value.serializedString() }
    return JSONValue.string(String(String.UnicodeScalarView(text.unicodeScalars.prefix(40))) + "…").serializedString()
  }
}
