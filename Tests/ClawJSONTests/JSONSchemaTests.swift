import ClawJSON
import Testing

@Suite("JSON Schema")
struct JSONSchemaTests {
  /// A schema with valid and invalid values, all as JSON.
  struct Case: Sendable, CustomTestStringConvertible {
    let schema: String
    let fits: [String]
    let fails: [String]

    init(_ schema: String, fits: [String], fails: [String]) {
      (self.schema, self.fits, self.fails) = (schema, fits, fails)
    }

    var testDescription: String { schema }
  }

  static let cases: [Case] = [
    Case("true", fits: ["1", "null", "{}"], fails: []),
    Case("false", fits: [], fails: ["1", "null", "{}"]),
    Case(#"{"unheard": 5, "format": "date", "title": "x"}"#, fits: ["1", "\"no date\""], fails: []),
    Case(#"{"type": "string"}"#, fits: [#""a""#], fails: ["1", "null", "[]", "{}", "true"]),
    Case(#"{"type": "integer"}"#, fits: ["1", "1.0", "-3", "1e3"], fails: ["1.5", #""1""#]),
    Case(#"{"type": "number"}"#, fits: ["1", "1.5"], fails: ["true"]),
    Case(#"{"type": "boolean"}"#, fits: ["true"], fails: ["0", #""true""#]),
    Case(#"{"type": "null"}"#, fits: ["null"], fails: ["0", #""""#]),
    Case(#"{"type": "array"}"#, fits: ["[]"], fails: ["{}"]),
    Case(#"{"type": "object"}"#, fits: ["{}"], fails: ["[]"]),
    Case(#"{"type": ["string", "null"]}"#, fits: [#""""#, "null"], fails: ["1"]),
    Case(
      #"{"enum": ["a", 1, null, {"b": 1}]}"#, fits: [#""a""#, "1.0", "null", #"{"b": 1.0}"#], fails: ["2", #""1""#]),
    Case(#"{"const": [1, {"a": 2}]}"#, fits: [#"[1.0, {"a": 2}]"#], fails: ["[1]", #"[1, {"a": 3}]"#]),
    Case(#"{"const": false}"#, fits: ["false"], fails: ["0", "null"]),
    Case(#"{"minimum": 2}"#, fits: ["2", "2.5", #""a""#], fails: ["1", "1.9"]),
    Case(#"{"maximum": 9223372036854775806}"#, fits: ["9223372036854775806"], fails: ["9223372036854775807"]),
    Case(#"{"exclusiveMinimum": 2}"#, fits: ["2.1"], fails: ["2", "1"]),
    Case(#"{"exclusiveMaximum": 2}"#, fits: ["1.9"], fails: ["2", "3"]),
    Case(#"{"multipleOf": 3}"#, fits: ["0", "9", "-6", "3.0"], fails: ["4", "3.1"]),
    Case(#"{"multipleOf": 0.1}"#, fits: ["0.3", "1", "4.7"], fails: ["0.35"]),
    Case(#"{"multipleOf": 0.123456789}"#, fits: [], fails: ["1e308"]),
    Case(#"{"minLength": 2}"#, fits: [#""đi""#, "1"], fails: [#""a""#, #""\ud83d\ude00""#]),
    Case(#"{"maxLength": 1}"#, fits: [#""\ud83d\ude00""#], fails: [#""e\u0301""#]),
    Case(#"{"pattern": "^a+$"}"#, fits: [#""aa""#, "3"], fails: [#""ab""#, #""""#]),
    // Not checked, since there is no linear search for it.
    Case(#"{"pattern": "(?=a)b"}"#, fits: [#""x""#], fails: []),
    Case(
      #"{"prefixItems": [{"type": "string"}, {"type": "integer"}]}"#, fits: [#"["a", 1, null]"#, "[]"], fails: ["[1]"]),
    Case(#"{"prefixItems": [true], "items": {"type": "integer"}}"#, fits: [#"["a", 1]"#], fails: [#"["a", "b"]"#]),
    Case(
      #"{"items": [{"type": "string"}], "additionalItems": false}"#, fits: [#"["a"]"#], fails: [#"["a", 1]"#, "[1]"]),
    Case(#"{"items": false}"#, fits: ["[]"], fails: ["[1]"]),
    Case(#"{"contains": {"const": 1}}"#, fits: ["[2, 1]", "{}"], fails: ["[]", "[2]"]),
    Case(
      #"{"contains": {"const": 1}, "minContains": 2, "maxContains": 3}"#, fits: ["[1, 1]", "[1, 0, 1, 1]"],
      fails: ["[1]", "[1, 1, 1, 1]"]),
    Case(#"{"contains": {"const": 1}, "minContains": 0}"#, fits: ["[]"], fails: []),
    Case(#"{"minItems": 1, "maxItems": 2}"#, fits: ["[1]", "[1, 2]"], fails: ["[]", "[1, 2, 3]"]),
    Case(
      #"{"uniqueItems": true}"#, fits: ["[1, 2, \"1\"]", "[0, false]"], fails: ["[1, 1.0]", #"[{"a": 1}, {"a": 1}]"#]),
    Case(#"{"properties": {"a": {"type": "string"}}}"#, fits: [#"{"a": "x", "b": 1}"#, "1"], fails: [#"{"a": 1}"#]),
    Case(#"{"required": ["a", "b"]}"#, fits: [#"{"a": 1, "b": null}"#, "[]"], fails: [#"{"a": 1}"#, "{}"]),
    Case(#"{"properties": {"a": true}, "additionalProperties": false}"#, fits: [#"{"a": 1}"#], fails: [#"{"b": 1}"#]),
    Case(#"{"additionalProperties": {"type": "integer"}}"#, fits: [#"{"x": 1}"#], fails: [#"{"x": "1"}"#]),
    Case(
      #"{"patternProperties": {"^n_": {"type": "integer"}}, "additionalProperties": false}"#, fits: [#"{"n_a": 1}"#],
      fails: [#"{"n_a": "x"}"#, #"{"m": 1}"#]),
    Case(
      #"{"patternProperties": {"^(?!x)": {"type": "integer"}}, "additionalProperties": false}"#, fits: [#"{"m": "x"}"#],
      fails: []),
    Case(#"{"propertyNames": {"maxLength": 2}}"#, fits: [#"{"ab": 1}"#], fails: [#"{"abc": 1}"#]),
    Case(#"{"minProperties": 1, "maxProperties": 1}"#, fits: [#"{"a": 1}"#], fails: ["{}", #"{"a": 1, "b": 1}"#]),
    Case(
      #"{"dependentRequired": {"a": ["b"]}}"#, fits: ["{}", #"{"b": 1}"#, #"{"a": 1, "b": 1}"#], fails: [#"{"a": 1}"#]),
    Case(
      #"{"dependentSchemas": {"a": {"required": ["b"]}}}"#, fits: ["{}", #"{"a": 1, "b": 1}"#], fails: [#"{"a": 1}"#]),
    Case(#"{"allOf": [{"type": "integer"}, {"minimum": 2}]}"#, fits: ["2"], fails: ["1", "2.5"]),
    Case(#"{"anyOf": [{"type": "integer"}, {"minimum": 2}]}"#, fits: ["1", "2.5"], fails: ["1.5"]),
    Case(#"{"oneOf": [{"type": "integer"}, {"minimum": 2}]}"#, fits: ["1", "2.5"], fails: ["3", "1.5"]),
    Case(#"{"not": {"type": "string"}}"#, fits: ["1"], fails: [#""a""#]),
    Case(
      #"{"if": {"properties": {"k": {"const": 1}}}, "then": {"required": ["a"]}, "else": {"required": ["b"]}}"#,
      fits: [#"{"k": 1, "a": 0}"#, #"{"k": 2, "b": 0}"#], fails: [#"{"k": 1, "b": 0}"#, #"{"k": 2}"#]),
    Case(#"{"then": {"type": "string"}}"#, fits: ["1"], fails: []),
    Case(
      ##"{"$ref": "#/$defs/a%20b~1c", "$defs": {"a b/c": {"type": "string"}}, "minLength": 2}"##, fits: [#""ab""#],
      fails: ["1", #""a""#]),
    Case(##"{"$ref": "#here", "$defs": {"x": {"$anchor": "here", "type": "null"}}}"##, fits: ["null"], fails: ["1"]),
    Case(
      ##"{"properties": {"child": {"$ref": "#"}, "n": {"type": "integer"}}, "additionalProperties": false}"##,
      fits: [#"{"child": {"child": {"n": 1}}}"#], fails: [#"{"child": {"child": {"n": "1"}}}"#, #"{"kid": 1}"#]),
    Case(
      #"{"allOf": [{"properties": {"a": true}}], "unevaluatedProperties": false}"#, fits: [#"{"a": 1}"#],
      fails: [#"{"a": 1, "b": 1}"#]),
    Case(
      #"{"anyOf": [{"required": ["a"], "properties": {"a": true}}, true], "unevaluatedProperties": {"type": "null"}}"#,
      fits: [#"{"a": 1, "b": null}"#], fails: [#"{"b": 1}"#]),
    Case(
      #"{"prefixItems": [true], "contains": {"const": 1}, "unevaluatedItems": false}"#, fits: ["[0, 1]", "[1, 1]"],
      fails: ["[0, 2, 1]"]),
  ]

  @Test("each keyword takes what it should, and nothing else", arguments: cases)
  func keyword(_ example: Case) throws {
    let schema = try JSONSchema(JSONValue(parsing: example.schema))
    for text in example.fits {
      #expect(schema.problems(in: try JSONValue(parsing: text)).map(\.description) == [], "\(text)")
    }
    for text in example.fails { #expect(!schema.accepts(try JSONValue(parsing: text)), "\(text)") }
  }

  @Test(
    "a schema that is none is refused, with its place",
    arguments: [
      ("1", "#"), (#"{"type": "text"}"#, "#"), (#"{"type": []}"#, "#"),
      (#"{"properties": {"a": 1}}"#, "#/properties/a"),
      (#"{"required": "a"}"#, "#"), (#"{"minLength": -1}"#, "#"), (#"{"maximum": "1"}"#, "#"),
      (#"{"multipleOf": 0}"#, "#"), (#"{"items": {"pattern": "("}}"#, "#/items"), (#"{"anyOf": []}"#, "#"),
      (#"{"enum": 1}"#, "#"), (#"{"uniqueItems": 1}"#, "#"), (#"{"dependentRequired": {"a": 1}}"#, "#"),
      (##"{"$ref": "#/$defs/none"}"##, "#"), (##"{"$ref": "https://example.org/schema"}"##, "#"),
      (##"{"$dynamicRef": "#x"}"##, "#"), (##"{"allOf": [{"$ref": "#"}]}"##, ""),
    ])
  func refused(text: String, place: String) throws {
    let error = #expect(throws: JSONError.self) { try JSONSchema(JSONValue(parsing: text)) }
    #expect(error?.path == place)
  }

  @Test("problems name their places in words, several at once and no more than are asked for")
  func words() throws {
    let schema = try JSONSchema([
      "type": "object", "required": ["path"], "additionalProperties": false,
      "properties": [
        "path": ["type": "string"],
        "edits": ["type": "array", "items": ["type": "object", "properties": ["old": ["type": "string"]]]],
        "mode": ["enum": ["a", "b"]], "size": ["anyOf": [["type": "integer"], ["type": "null"]]],
      ],
    ])
    let value: JSONValue = ["edits": [["old": "x"], ["old": 5]], "mode": "c", "odd": 1, "size": "1"]
    #expect(
      schema.problems(in: value).map(\.description) == [
        "path is missing", "edits[1].old must be a string, not a number", #"mode must be one of "a", "b""#,
        "odd is not known; there is edits, mode, path, size",
        "size fits none of its forms (size must be a whole number, not a string; or size must be null, not a string)",
      ])
    #expect(schema.problems(in: value, limit: 2).count == 2)
    #expect(schema.problems(in: [1])[0].description == "the value must be an object, not an array")
    let long = JSONValue.object([String(repeating: "a", count: 5_000): 1])
    #expect(schema.problems(in: long).allSatisfy { $0.description.utf8.count < 500 })
  }

  @Test("work is bounded: nesting of a schema and of a value, forms of forms, and long texts")
  func bounded() throws {
    var nested: JSONValue = true
    for _ in 0..<100 { nested = ["items": nested] }
    #expect(throws: JSONError.self) { try JSONSchema(nested) }
    let tree = try JSONSchema(["items": ["$ref": "#"]])
    var deep: JSONValue = []
    for _ in 0..<120 { deep = [deep] }
    #expect(tree.problems(in: deep).first?.message == "is nested too deep")
    // Each level asks the next one twice.
    var definitions: JSONObject = ["d25": ["type": "string"]]
    for level in 0..<25 {
      let next: JSONValue = ["$ref": .string("#/$defs/d\(level + 1)")]
      definitions["d\(level)"] = ["anyOf": [next, next]]
    }
    let wide = try JSONSchema(["$ref": "#/$defs/d0", "$defs": .object(definitions)])
    #expect(!wide.accepts(1))
    let pattern = try JSONSchema(["pattern": "^(a|b|c|d)*e"])
    let text = JSONValue.string(String(repeating: "abcd", count: 200_000))
    #expect(pattern.problems(in: text).first?.message == "is too long to be checked")
  }
}
