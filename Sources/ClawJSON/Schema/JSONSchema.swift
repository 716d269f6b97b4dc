/// A JSON Schema, draft 2020-12, made ready to check values.
///
/// Taken are the keywords of the vocabularies core, applicator, unevaluated and validation. `format`, `title` and the
/// other annotations are not checked, and a keyword that is not known is ignored, as the standard says. What deviates:
/// - `$ref` may point into the schema itself only (`#`, `#/$defs/…`, or an `$anchor`); another one, and `$dynamicRef`,
///   is refused.
/// - `pattern` and `patternProperties` take the patterns of ``TextPattern``. One with look-around or a back reference
///   is not checked; one that is no regular expression is refused.
/// - `items` may be a list, as it might up to draft 2019-09, and means `prefixItems` then.
public struct JSONSchema: Sendable {
  /// A place in a value that does not fit.
  public struct Problem: Error, Sendable, Hashable, CustomStringConvertible {
    /// Such as `edits[0].old`; empty for the value itself.
    public let path: String
    /// What was expected, to be put behind the name of the place: `must be a string, not a number`.
    public let message: String

    public var description: String { (path.isEmpty ? "the value" : path) + " " + message }
  }

  /// Most subschemas that a schema may have.
  public static let maxNodes = 4_000
  /// How deep subschemas may stand in each other, and how many may apply inside of each other to a value.
  public static let maxDepth = 64
  /// How much work one check may be, in subschemas and steps of patterns.
  public static let maxSteps = 2_000_000

  let nodes: [SchemaNode]
  let root: Int

  /// - Throws: ``JSONError`` `invalid` or `depth`, with the place in the schema.
  public init(_ document: JSONValue) throws(JSONError) {
    var compiler = SchemaCompiler(document)
    root = try compiler.compile()
    nodes = compiler.nodes
  }

  /// What is wrong with a value; empty if it fits.
  /// - Parameter limit: Most problems that are looked for.
  public func problems(in value: JSONValue, limit: Int = 8) -> [Problem] {
    var check = SchemaCheck(schema: self, limit: max(1, limit))
    _ = check.apply(root, to: value, at: .root)
    return check.problems
  }

  public func accepts(_ value: JSONValue) -> Bool { problems(in: value, limit: 1).isEmpty }
}
