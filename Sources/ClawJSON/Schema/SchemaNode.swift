/// One compiled subschema. Other subschemas are referred to by their index in ``JSONSchema/nodes``.
final class SchemaNode: Sendable {
  let rules: SchemaRules

  init(_ rules: SchemaRules) { self.rules = rules }
}

struct SchemaRules: Sendable {
  struct Types: OptionSet, Sendable {
    let rawValue: Int

    static let null = Types(rawValue: 1)
    static let boolean = Types(rawValue: 2)
    static let object = Types(rawValue: 4)
    static let array = Types(rawValue: 8)
    static let string = Types(rawValue: 16)
    static let number = Types(rawValue: 32)
    static let integer = Types(rawValue: 64)

    static let named: [(String, Types, article: String)] = [
      ("null", .null, "null"), ("boolean", .boolean, "a boolean"), ("object", .object, "an object"),
      ("array", .array, "an array"), ("string", .string, "a string"), ("number", .number, "a number"),
      ("integer", .integer, "a whole number"),
    ]

    /// "a string or null".
    var words: String { Self.named.filter { contains($0.1) }.map(\.article).joined(separator: " or ") }
  }

  struct Numbers: Sendable {
    var minimum: JSONValue?
    var maximum: JSONValue?
    var exclusiveMinimum: JSONValue?
    var exclusiveMaximum: JSONValue?
    var multipleOf: JSONValue?
  }

  struct Text: Sendable {
    var least: Int?
    var most: Int?
    var pattern: (text: String, pattern: TextPattern)?
  }

  struct Items: Sendable {
    var prefix: [Int] = []
    var rest: Int?
    var contains: Int?
    var leastContained = 1
    var mostContained: Int?
    var least: Int?
    var most: Int?
    var areUnique = false
  }

  struct Members: Sendable {
    var properties: UTF8Dictionary<Int> = [:]
    /// Patterns that can't be checked match no name.
    var patterns: [(pattern: TextPattern, node: Int)] = []
    /// A pattern can't be checked, so additional members are unknown.
    var hasUncheckedPattern = false
    var additional: Int?
    var names: Int?
    var required: [String] = []
    var least: Int?
    var most: Int?
    var dependentRequired: [(name: String, others: [String])] = []
    var dependentSchemas: [(name: String, node: Int)] = []
  }

  struct Combined: Sendable {
    /// From `$ref` and `allOf`.
    var all: [Int] = []
    var any: [Int]?
    var one: [Int]?
    var not: Int?
    var condition: Int?
    var then: Int?
    var otherwise: Int?
  }

  /// Of a boolean schema.
  var isAlways: Bool?
  var types: Types?
  /// From `enum` and `const`, with normalised numbers.
  var allowed: (values: Set<JSONValue>, words: String)?
  var constant: (value: JSONValue, words: String)?
  var numbers: Numbers?
  var text: Text?
  var items: Items?
  var members: Members?
  var combined: Combined?
  var unevaluatedItems: Int?
  var unevaluatedProperties: Int?
}

extension JSONValue {
  /// With normalised numbers: 1.0 equals 1 in JSON Schema.
  var withPlainNumbers: JSONValue {
    switch self {
    case .number(let value): Int64(exactly: value).map { .integer($0) } ?? self
    case .array(let elements): .array(elements.map(\.withPlainNumbers))
    case .object(let members): .object(members.mapValues(\.withPlainNumbers))
    default: self
    }
  }

  /// As a short text for messages.
  var words: String {
    let text = serializedString()
    guard text.utf8.count > 80 else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.prefix(60))) + "…"
  }
}
