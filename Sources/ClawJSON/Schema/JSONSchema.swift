/// A compiled JSON Schema, draft 2020-12.
///
/// It supports the vocabularies core, applicator, unevaluated and validation. `format`, `title` and the other
/// annotations are not checked, and unknown keywords are ignored, as the standard says. Deviations:
/// - `$ref` may point only into the schema itself (`#`, `#/$defs/…`, or an `$anchor`); other references, and
///   `$dynamicRef`, are rejected.
/// - `pattern` and `patternProperties` use ``TextPattern``. A pattern with look-around or a back reference is not
///   checked; an invalid regular expression is rejected.
/// - `items` may be a list, as up to draft 2019-09, and then means `prefixItems`.
public struct JSONSchema: Sendable {
  /// A validation error at a path of the value.
  public struct Problem: Error, Sendable, Hashable, CustomStringConvertible {
    /// Such as `edits[0].old`; empty for the value itself.
    public let path: String
    /// The expectation, worded to follow the path: `must be a string, not a number`.
    public let message: String

    public var description: String { (path.isEmpty ? "the value" : path) + " " + message }
  }

  /// Limit of subschemas in a schema.
  public static let maxNodes = 4_000
  /// Limit of nested subschemas, in the schema and while they are applied to a value.
  public static let maxDepth = 64
  /// Limit of work in one check, in subschemas and steps of patterns.
  public static let maxSteps = 2_000_000

  let nodes: [SchemaNode]
  let root: Int

  /// - Throws: ``JSONError`` `invalid` or `depth`, with the path in the schema.
  public init(_ document: JSONValue) throws(JSONError) {
    var compiler = SchemaCompiler(document)
    root = try compiler.compile()
    nodes = compiler.nodes
  }

  /// The validation errors of a value; empty if it is valid.
  /// - Parameter limit: Limit of reported errors.
  public func problems(in value: JSONValue, limit: Int = 8) -> [Problem] {
    var check = SchemaCheck(schema: self, limit: max(1, limit))
    _ = check.apply(root, to: value, at: .root)
    return check.problems
  }

  public func accepts(_ value: JSONValue) -> Bool { problems(in: value, limit: 1).isEmpty }
}
