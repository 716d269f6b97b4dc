import ClawJSON

/// Normalizes the arguments of a model's tool call to an object.
enum CallArguments {
  /// The key for arguments that are not a JSON object.
  static let rawKey = "_raw"
  /// Most concatenated values that are examined.
  private static let valueLimit = 64

  /// Empty text and `null` mean no arguments; an object in a string (some servers encode twice) is unwrapped.
  static func object(from text: String) -> JSONValue {
    if text.isBlank { return [:] }
    if let value = try? JSONValue(parsing: text) { return object(from: value) }
    return repeated(text) ?? [rawKey: .string(text)]
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

  /// Whether the text is complete; text cut off by the length limit is not.
  static func isWhole(_ text: String) -> Bool {
    text.isBlank || (try? JSONValue(parsing: text)) != nil || repeated(text) != nil
  }

  /// Some servers send `{}` before the arguments, or send them twice: in pieces, and again in a summary. Nil if the
  /// text is anything other than such repetitions of one object.
  private static func repeated(_ text: String) -> JSONValue? {
    guard let values = sequence(Array(text.utf8)) else { return nil }
    var objects: [JSONValue] = []
    for value in values {
      let object = object(from: value)
      if object != [:], !objects.contains(object) { objects.append(object) }
    }
    guard objects.count <= 1 else { return nil }
    let found = objects.first ?? [:]
    return found[rawKey] == nil ? found : nil
  }

  /// Concatenated JSON values; nil if the text is not that.
  private static func sequence(_ bytes: [UInt8]) -> [JSONValue]? {
    var values: [JSONValue] = []
    var start = 0
    var depth = 0
    var isInString = false
    var isEscaped = false
    for (index, byte) in bytes.enumerated() {
      if isInString {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == 0x22 {
          isInString = false
        }
      } else if byte == 0x22 {
        isInString = true
      } else if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
        depth += 1
      } else if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
        depth -= 1
      } else {
        continue
      }
      guard depth == 0, !isInString else { continue }
      guard values.count < valueLimit, let value = try? JSONValue(parsing: bytes[start...index]) else { return nil }
      values.append(value)
      start = index + 1
    }
    return start == bytes.count || bytes[start...].allSatisfy { $0 <= 0x20 } ? values : nil
  }
}
