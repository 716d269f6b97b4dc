/// The keywords of one subschema that hold no subschemas.
struct SchemaKeywords {
  let pointer: String
  private let schema: JSONValue

  init(_ schema: JSONValue, at pointer: String) {
    self.schema = schema
    self.pointer = pointer
  }

  subscript(_ keyword: String) -> JSONValue? { schema[keyword] }

  func problem(_ keyword: String, _ message: String) -> JSONError {
    SchemaCompiler.problem(.invalid, "\(keyword) \(message)", pointer)
  }

  func count(_ keyword: String) throws(JSONError) -> Int? {
    guard let value = schema[keyword] else { return nil }
    guard let count = value.intValue, count >= 0 else { throw problem(keyword, "must be a whole number from 0") }
    return count
  }

  func flag(_ keyword: String) throws(JSONError) -> Bool {
    guard let value = schema[keyword] else { return false }
    guard case .bool(let flag) = value else { throw problem(keyword, "must be true or false") }
    return flag
  }

  func names(_ keyword: String) throws(JSONError) -> [String] {
    guard let value = schema[keyword] else { return [] }
    guard let names = Self.names(value) else { throw problem(keyword, "must be a list of names") }
    return names
  }

  private static func names(_ value: JSONValue) -> [String]? {
    guard case .array(let elements) = value else { return nil }
    let names = elements.compactMap(\.stringValue)
    return names.count == elements.count ? names : nil
  }

  func dependentNames() throws(JSONError) -> [(name: String, others: [String])] {
    guard let value = schema["dependentRequired"] else { return [] }
    guard case .object(let members) = value else { throw problem("dependentRequired", "must be an object") }
    var all: [(name: String, others: [String])] = []
    for (name, others) in members.sorted(by: { $0.key.bytesPrecede($1.key) }) {
      guard let others = Self.names(others) else { throw problem("dependentRequired", "must hold lists of names") }
      all.append((name, others))
    }
    return all
  }

  func types() throws(JSONError) -> SchemaRules.Types? {
    guard let value = schema["type"] else { return nil }
    let names: [String]
    switch value {
    case .string(let name): names = [name]
    default: names = Self.names(value) ?? []
    }
    guard !names.isEmpty else { throw problem("type", "must be a type or a list of types") }
    var types: SchemaRules.Types = []
    for name in names {
      guard let known = SchemaRules.Types.named.first(where: { $0.0.hasSameBytes(as: name) }) else {
        throw problem("type", "knows no \(JSONValue.string(name).words)")
      }
      types.insert(known.1)
    }
    return types
  }

  func allowed() throws(JSONError) -> (values: Set<JSONValue>, words: String)? {
    guard let value = schema["enum"] else { return nil }
    guard case .array(let values) = value else { throw problem("enum", "must be a list") }
    let shown = values.prefix(Self.maxShown).map(\.words).joined(separator: ", ")
    return (Set(values.map(\.withPlainNumbers)), shown + (values.count > Self.maxShown ? ", …" : ""))
  }

  /// Limit of `enum` values in a message.
  private static let maxShown = 20

  func constant() -> (value: JSONValue, words: String)? {
    schema["const"].map { ($0.withPlainNumbers, $0.words) }
  }

  func numbers() throws(JSONError) -> SchemaRules.Numbers? {
    var numbers = SchemaRules.Numbers()
    numbers.minimum = try number("minimum")
    numbers.maximum = try number("maximum")
    numbers.exclusiveMinimum = try number("exclusiveMinimum")
    numbers.exclusiveMaximum = try number("exclusiveMaximum")
    numbers.multipleOf = try number("multipleOf")
    if let step = numbers.multipleOf?.doubleValue, step <= 0 { throw problem("multipleOf", "must be more than 0") }
    let all = [
      numbers.minimum, numbers.maximum, numbers.exclusiveMinimum, numbers.exclusiveMaximum, numbers.multipleOf,
    ]
    return all.allSatisfy { $0 == nil } ? nil : numbers
  }

  private func number(_ keyword: String) throws(JSONError) -> JSONValue? {
    guard let value = schema[keyword] else { return nil }
    guard value.doubleValue != nil else { throw problem(keyword, "must be a number") }
    return value
  }

  func text() throws(JSONError) -> SchemaRules.Text? {
    var text = SchemaRules.Text()
    (text.least, text.most) = (try count("minLength"), try count("maxLength"))
    if let value = schema["pattern"] {
      guard case .string(let source) = value else { throw problem("pattern", "must be a string") }
      text.pattern = try pattern(source, of: "pattern").map { (source, $0) }
    }
    return text.least == nil && text.most == nil && text.pattern == nil ? nil : text
  }

  /// - Returns: Nil for a pattern that can't be checked.
  func pattern(_ text: String, of keyword: String) throws(JSONError) -> TextPattern? {
    do {
      return try TextPattern(text)
    } catch {
      guard case .syntax(let message) = error else { return nil }
      throw problem(keyword, "has no regular expression: \(message)")
    }
  }
}
