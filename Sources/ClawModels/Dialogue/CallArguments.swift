import ClawJSON

/// Makes an object of what a model sent as the arguments of a call.
enum CallArguments {
  /// The key under which arguments that were no JSON object are kept.
  static let rawKey = "_raw"

  /// Nothing at all and `null` mean no arguments; an object in a string (some servers encode twice) is unwrapped.
  static func object(from text: String) -> JSONValue {
    if text.isBlank { return [:] }
    return (try? JSONValue(parsing: text)).map(object(from:)) ?? [rawKey: .string(text)]
  }

  static func object(from value: JSONValue) -> JSONValue {
    switch value {
    case .object: return value
    case .null: return [:]
    case .string(let text):
      if let inner = try? JSONValue(parsing: text), inner.objectValue != nil { return inner }
      return text.isBlank ? [:] : [rawKey: .string(text)]
    default: return [rawKey: .string(value.serializedString())]
    }
  }

  /// Whether the text is whole: what is cut by the length limit isn't.
  static func isWhole(_ text: String) -> Bool {
    text.isBlank || (try? JSONValue(parsing: text)) != nil
  }
}
