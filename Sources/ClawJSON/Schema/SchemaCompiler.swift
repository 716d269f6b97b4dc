/// Compiles a schema, so that its errors are found before any value is checked.
struct SchemaCompiler {
  private let document: JSONValue
  /// The index of each compiled subschema, by its pointer; recursive references find it here.
  private var places: UTF8Dictionary<Int> = [:]
  private var made: [SchemaNode?] = []
  private var anchors: UTF8Dictionary<String> = [:]
  private var depth = 0

  init(_ document: JSONValue) { self.document = document }

  var nodes: [SchemaNode] { made.compactMap(\.self) }

  mutating func compile() throws(JSONError) -> Int {
    findAnchors(document, at: "", depth: 0)
    let root = try compile(document, at: "")
    try refuseCycles()
    return root
  }

  /// - Parameter pointer: The JSON pointer of a subschema.
  mutating func compile(_ schema: JSONValue, at pointer: String) throws(JSONError) -> Int {
    if let place = places[pointer] { return place }
    guard made.count < JSONSchema.maxNodes else {
      throw Self.problem(.invalid, "there are too many subschemas", pointer)
    }
    depth += 1
    defer { depth -= 1 }
    guard depth <= JSONSchema.maxDepth else { throw Self.problem(.depth, "the schema is nested too deep", pointer) }
    let place = made.count
    places[pointer] = place
    made.append(nil)
    made[place] = SchemaNode(try rules(of: schema, at: pointer))
    return place
  }

  private mutating func rules(of schema: JSONValue, at pointer: String) throws(JSONError) -> SchemaRules {
    var rules = SchemaRules()
    switch schema {
    case .bool(let isAlways): rules.isAlways = isAlways
    case .object:
      let keywords = SchemaKeywords(schema, at: pointer)
      rules.types = try keywords.types()
      (rules.allowed, rules.constant) = (try keywords.allowed(), keywords.constant())
      (rules.numbers, rules.text) = (try keywords.numbers(), try keywords.text())
      rules.items = try items(keywords)
      rules.members = try members(keywords)
      rules.combined = try combined(keywords)
      rules.unevaluatedItems = try child("unevaluatedItems", keywords)
      rules.unevaluatedProperties = try child("unevaluatedProperties", keywords)
    default: throw Self.problem(.invalid, "a schema is an object or a boolean", pointer)
    }
    return rules
  }

  // MARK: - Subschemas

  private mutating func child(_ keyword: String, _ keywords: SchemaKeywords) throws(JSONError) -> Int? {
    guard let schema = keywords[keyword] else { return nil }
    return try compile(schema, at: keywords.pointer + "/" + keyword)
  }

  private mutating func list(_ keyword: String, _ keywords: SchemaKeywords) throws(JSONError) -> [Int]? {
    guard let value = keywords[keyword] else { return nil }
    guard case .array(let schemas) = value, !schemas.isEmpty else {
      throw keywords.problem(keyword, "must be a list of schemas")
    }
    var nodes: [Int] = []
    for (index, schema) in schemas.enumerated() {
      nodes.append(try compile(schema, at: "\(keywords.pointer)/\(keyword)/\(index)"))
    }
    return nodes
  }

  private mutating func map(
    _ keyword: String, _ keywords: SchemaKeywords
  ) throws(JSONError) -> [(name: String, node: Int)]? {
    guard let value = keywords[keyword] else { return nil }
    guard case .object(let schemas) = value else { throw keywords.problem(keyword, "must be an object of schemas") }
    var nodes: [(name: String, node: Int)] = []
    for (name, schema) in schemas.sorted(by: { $0.key.bytesPrecede($1.key) }) {
      nodes.append((name, try compile(schema, at: "\(keywords.pointer)/\(keyword)/\(Self.escaped(name))")))
    }
    return nodes
  }

  private mutating func items(_ keywords: SchemaKeywords) throws(JSONError) -> SchemaRules.Items? {
    var items = SchemaRules.Items()
    items.prefix = try list("prefixItems", keywords) ?? []
    if case .array = keywords["items"] {
      items.prefix = try list("items", keywords) ?? []
      items.rest = try child("additionalItems", keywords)
    } else {
      items.rest = try child("items", keywords)
    }
    items.contains = try child("contains", keywords)
    items.leastContained = try keywords.count("minContains") ?? 1
    items.mostContained = try keywords.count("maxContains")
    (items.least, items.most) = (try keywords.count("minItems"), try keywords.count("maxItems"))
    items.areUnique = try keywords.flag("uniqueItems")
    let isEmpty =
      items.prefix.isEmpty && items.rest == nil && items.contains == nil && items.least == nil && items.most == nil
      && !items.areUnique
    return isEmpty ? nil : items
  }

  private mutating func members(_ keywords: SchemaKeywords) throws(JSONError) -> SchemaRules.Members? {
    var members = SchemaRules.Members()
    members.properties = UTF8Dictionary((try map("properties", keywords) ?? []).map { ($0.name, $0.node) })
    for (text, node) in try map("patternProperties", keywords) ?? [] {
      if let pattern = try keywords.pattern(text, of: "patternProperties") {
        members.patterns.append((pattern, node))
      } else {
        members.hasUncheckedPattern = true
      }
    }
    members.additional = try child("additionalProperties", keywords)
    members.names = try child("propertyNames", keywords)
    members.required = try keywords.names("required")
    (members.least, members.most) = (try keywords.count("minProperties"), try keywords.count("maxProperties"))
    members.dependentRequired = try keywords.dependentNames()
    members.dependentSchemas = try map("dependentSchemas", keywords) ?? []
    let isEmpty =
      members.properties.isEmpty && members.patterns.isEmpty && members.additional == nil && members.names == nil
      && members.required.isEmpty && members.least == nil && members.most == nil && members.dependentRequired.isEmpty
      && members.dependentSchemas.isEmpty
    return isEmpty ? nil : members
  }

  private mutating func combined(_ keywords: SchemaKeywords) throws(JSONError) -> SchemaRules.Combined? {
    var combined = SchemaRules.Combined()
    if keywords["$dynamicRef"] != nil { throw keywords.problem("$dynamicRef", "is not supported; use $ref") }
    if let reference = keywords["$ref"] { combined.all.append(try target(of: reference, keywords)) }
    combined.all += try list("allOf", keywords) ?? []
    (combined.any, combined.one) = (try list("anyOf", keywords), try list("oneOf", keywords))
    combined.not = try child("not", keywords)
    combined.condition = try child("if", keywords)
    (combined.then, combined.otherwise) = (try child("then", keywords), try child("else", keywords))
    let isEmpty =
      combined.all.isEmpty && combined.any == nil && combined.one == nil && combined.not == nil
      && combined.condition == nil
    return isEmpty ? nil : combined
  }

  // MARK: - References

  private mutating func target(of reference: JSONValue, _ keywords: SchemaKeywords) throws(JSONError) -> Int {
    guard case .string(let text) = reference, let fragment = text.droppingPrefix("#") else {
      throw keywords.problem("$ref", "must point into the schema itself, such as #/$defs/name")
    }
    guard let decoded = Self.percentDecoded(fragment) else { throw keywords.problem("$ref", "is no reference") }
    let pointer = decoded.isEmpty || decoded.startsWith("/") ? decoded : anchors[decoded]
    guard let pointer, let schema = resolve(pointer) else {
      throw keywords.problem("$ref", "points to \(JSONValue.string(text).words), which is not there")
    }
    return try compile(schema, at: pointer)
  }

  private func resolve(_ pointer: String) -> JSONValue? {
    var value = document
    for part in pointer.split(at: "/", omittingEmpty: false).dropFirst() {
      let name = part.replacingBytes(of: "~1", with: "/").replacingBytes(of: "~0", with: "~")
      guard let next = value[name] ?? Int(name).flatMap({ value[$0] }) else { return nil }
      value = next
    }
    return value
  }

  private mutating func findAnchors(_ value: JSONValue, at pointer: String, depth: Int) {
    guard depth <= JSONSchema.maxDepth else { return }
    switch value {
    case .object(let members):
      if let name = members["$anchor"]?.stringValue { anchors[name] = pointer }
      for (name, member) in members { findAnchors(member, at: "\(pointer)/\(Self.escaped(name))", depth: depth + 1) }
    case .array(let elements):
      for (index, element) in elements.enumerated() {
        findAnchors(element, at: "\(pointer)/\(index)", depth: depth + 1)
      }
    default: break
    }
  }

  /// Rejects a schema that applies itself to the same value, which would recurse for ever.
  private func refuseCycles() throws(JSONError) {
    enum State { case fresh, open, done }
    let nodes = nodes
    var states = Array(repeating: State.fresh, count: nodes.count)
    for start in nodes.indices where states[start] == .fresh {
      var way = [(node: start, next: nodes[start].rules.inPlace)]
      states[start] = .open
      while let last = way.last {
        guard let following = last.next.first else {
          states[last.node] = .done
          way.removeLast()
          continue
        }
        way[way.count - 1].next.removeFirst()
        guard states[following] != .open else {
          throw JSONError(kind: .invalid, message: "a $ref leads back to itself without going into the value")
        }
        guard states[following] == .fresh else { continue }
        states[following] = .open
        way.append((following, nodes[following].rules.inPlace))
      }
    }
  }

  private static func escaped(_ name: String) -> String {
    name.replacingBytes(of: "~", with: "~0").replacingBytes(of: "/", with: "~1")
  }

  private static func percentDecoded(_ text: some StringProtocol) -> String? {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
        return nil
      }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    return String(validating: bytes, as: UTF8.self)
  }

  static func problem(_ kind: JSONError.Kind, _ message: String, _ pointer: String) -> JSONError {
    JSONError(kind: kind, message: message, path: "#" + pointer)
  }
}

extension SchemaRules {
  /// The subschemas that apply to the same value.
  var inPlace: [Int] {
    var nodes = members?.dependentSchemas.map(\.node) ?? []
    guard let combined else { return nodes }
    nodes += combined.all + (combined.any ?? []) + (combined.one ?? [])
    nodes += [combined.not, combined.condition, combined.then, combined.otherwise].compactMap(\.self)
    return nodes
  }
}
