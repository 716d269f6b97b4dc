/// Checks one value.
struct SchemaCheck {
  /// The members and elements of a value that a subschema has evaluated, for `unevaluated…`.
  struct Evaluated {
    var names: UTF8Set = []
    var allNames = false
    /// The number of evaluated elements, from the first on.
    var elements = 0
    var allElements = false
    /// Elements that match `contains`.
    var contained: Set<Int> = []

    mutating func merge(_ other: Evaluated) {
      if !other.names.isEmpty { names.formUnion(other.names) }
      allNames = allNames || other.allNames
      elements = max(elements, other.elements)
      allElements = allElements || other.allElements
      if !other.contained.isEmpty { contained.formUnion(other.contained) }
    }
  }

  private let schema: JSONSchema
  private let limit: Int
  private(set) var problems: [JSONSchema.Problem] = []
  /// The remaining budget of steps.
  private var steps = JSONSchema.maxSteps
  private var depth = 0

  init(schema: JSONSchema, limit: Int) {
    self.schema = schema
    self.limit = limit
  }

  /// Limit of a path in a message, in bytes.
  private static let maxPathBytes = 200

  mutating func note(_ message: String, at path: JSONPath) {
    guard problems.count < limit else { return }
    var place = path.text
    if place.utf8.count > Self.maxPathBytes {
      place = String(decoding: place.utf8.prefix(Self.maxPathBytes), as: UTF8.self) + "…"
    }
    problems.append(JSONSchema.Problem(path: place, message: message))
  }

  private var isFull: Bool { problems.count >= limit }

  /// Whether a subschema is `false`.
  func isNever(_ node: Int) -> Bool { schema.nodes[node].rules.isAlways == false }

  /// Records validation errors.
  /// - Returns: The evaluated parts; they count only if the value is valid.
  mutating func apply(_ node: Int, to value: JSONValue, at path: JSONPath) -> Evaluated {
    steps -= 1
    depth += 1
    defer { depth -= 1 }
    guard !isFull else { return Evaluated() }
    guard steps > 0, depth <= JSONSchema.maxDepth else {
      note(depth > JSONSchema.maxDepth ? "is nested too deep" : "is too large to be checked", at: path)
      return Evaluated()
    }
    let node = schema.nodes[node]
    if let isAlways = node.rules.isAlways {
      if !isAlways { note("is not allowed", at: path) }
      return Evaluated()
    }
    guard hasType(value, node, at: path) else { return Evaluated() }
    compare(value, node, at: path)
    var evaluated = combine(value, node, at: path)
    switch value {
    case .array(let elements): evaluated = checkItems(elements, node, evaluated, at: path)
    case .object(let members): evaluated = checkMembers(members, node, evaluated, at: path)
    case .string(let text): checkText(text, node, at: path)
    case .integer, .number: checkNumber(value, node, at: path)
    default: break
    }
    return evaluated
  }

  /// The first validation error of a subschema that may fail, and the evaluated parts if it does not.
  mutating func attempt(
    _ node: Int, on value: JSONValue, at path: JSONPath
  ) -> (problem: JSONSchema.Problem?, evaluated: Evaluated) {
    var inner = SchemaCheck(schema: schema, limit: 1)
    (inner.steps, inner.depth) = (steps, depth)
    let evaluated = inner.apply(node, to: value, at: path)
    steps = inner.steps
    return (inner.problems.first, evaluated)
  }

  private mutating func hasType(_ value: JSONValue, _ node: SchemaNode, at path: JSONPath) -> Bool {
    guard let types = node.rules.types else { return true }
    let fits =
      switch value {
      case .null: types.contains(.null)
      case .bool: types.contains(.boolean)
      case .string: types.contains(.string)
      case .array: types.contains(.array)
      case .object: types.contains(.object)
      case .integer: types.contains(.number) || types.contains(.integer)
      case .number(let number):
        types.contains(.number) || types.contains(.integer) && number.rounded(.towardZero) == number
      }
    guard !fits else { return true }
    var found = value.kindName
    if case .number = value { found = value.words }
    note("must be \(types.words), not \(found)", at: path)
    return false
  }

  private mutating func compare(_ value: JSONValue, _ node: SchemaNode, at path: JSONPath) {
    if let (constant, words) = node.rules.constant, value.withPlainNumbers != constant {
      note("must be \(words)", at: path)
    }
    if let (values, words) = node.rules.allowed, !values.contains(value.withPlainNumbers) {
      note("must be one of \(words)", at: path)
    }
  }

  // MARK: - Text and numbers

  private mutating func checkText(_ text: String, _ node: SchemaNode, at path: JSONPath) {
    guard let rules = node.rules.text else { return }
    if rules.least != nil || rules.most != nil {
      let count = text.unicodeScalars.count
      if let least = rules.least, count < least {
        note("must have at least \(least) character\(least == 1 ? "" : "s")", at: path)
      }
      if let most = rules.most, count > most { note("must have at most \(most) characters, not \(count)", at: path) }
    }
    guard let (source, pattern) = rules.pattern else { return }
    switch pattern.isFound(in: text, steps: &steps) {
    case true?: break
    case false?: note("must match the regular expression \(JSONValue.string(source).words)", at: path)
    case nil: note("is too long to be checked", at: path)
    }
  }

  /// Whether the pattern matches. False if the budget ran out, which the next subschema then reports.
  mutating func fits(_ name: String, _ pattern: TextPattern) -> Bool {
    pattern.isFound(in: name, steps: &steps) ?? false
  }

  private mutating func checkNumber(_ value: JSONValue, _ node: SchemaNode, at path: JSONPath) {
    guard let rules = node.rules.numbers else { return }
    if let bound = rules.minimum, Self.isLess(value, bound) { note("must be at least \(bound.words)", at: path) }
    if let bound = rules.maximum, Self.isLess(bound, value) { note("must be at most \(bound.words)", at: path) }
    if let bound = rules.exclusiveMinimum, !Self.isLess(bound, value) {
      note("must be more than \(bound.words)", at: path)
    }
    if let bound = rules.exclusiveMaximum, !Self.isLess(value, bound) {
      note("must be less than \(bound.words)", at: path)
    }
    if let step = rules.multipleOf, !Self.isMultiple(value, of: step) {
      note("must be a multiple of \(step.words)", at: path)
    }
  }

  private static func isLess(_ left: JSONValue, _ right: JSONValue) -> Bool {
    if case .integer(let left) = left, case .integer(let right) = right { return left < right }
    return (left.doubleValue ?? 0) < (right.doubleValue ?? 0)
  }

  private static func isMultiple(_ value: JSONValue, of step: JSONValue) -> Bool {
    if case .integer(let value) = value, case .integer(let step) = step { return value % step == 0 }
    let (number, step) = (value.doubleValue ?? 0, step.doubleValue ?? 1)
    let quotient = number / step
    guard quotient.isFinite else { return number.truncatingRemainder(dividingBy: step) == 0 }
    // In binary, 0.3 is not an exact multiple of 0.1, so a tolerance is needed.
    return abs(quotient - quotient.rounded()) <= 4 * quotient.ulp
  }
}
