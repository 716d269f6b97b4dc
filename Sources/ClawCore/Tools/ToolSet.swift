import ClawJSON

/// The tools of one run.
public struct ToolSet: Sendable {
  /// A tool that was left out because its schema is invalid.
  public struct Refusal: Sendable, Hashable {
    public let name: String
    public let reason: String
  }

  private struct Registered: Sendable {
    let tool: any Tool
    let schema: JSONSchema
  }

  /// The specs for the model, sorted by name, so that the same tools give the same prompt.
  public let specs: [ToolSpec]
  /// Instructions for the agent in addition to the specs.
  public let instructions: [String]
  /// The tools that were left out.
  public let refusals: [Refusal]
  private let tools: UTF8Dictionary<Registered>

  /// - Parameters:
  ///   - tools: Of two with the same name the first wins. A tool whose ``ToolSpec/parameters`` are not a JSON Schema of
  ///     type `object` is left out.
  ///   - instructions: Paragraphs for the system prompt.
  public init(_ tools: [any Tool], instructions: [String] = []) {
    var registered: [(String, Registered)] = []
    var refusals: [Refusal] = []
    for tool in tools {
      let spec = tool.spec
      do {
        registered.append((spec.name, Registered(tool: tool, schema: try spec.schema())))
      } catch {
        refusals.append(Refusal(name: spec.name, reason: "\(error)"))
      }
    }
    self.init(UTF8Dictionary(registered) { first, _ in first }, instructions, refusals)
  }

  private init(_ tools: UTF8Dictionary<Registered>, _ instructions: [String], _ refusals: [Refusal]) {
    self.tools = tools
    self.instructions = instructions
    self.refusals = refusals
    specs = tools.values.map(\.tool.spec).sorted { $0.name.bytesPrecede($1.name) }
  }

  public subscript(_ name: String) -> (any Tool)? { tools[name]?.tool }

  /// A call with its arguments normalised to its tool's schema. Models write `null` for omitted arguments: if the
  /// schema rejects it, it counts as omitted.
  /// - Throws: The message for the model about an unknown tool or invalid arguments.
  public func checked(_ call: ToolCall) throws(InvalidCall) -> ToolCall {
    guard let schema = tools[call.name]?.schema else { throw unknown(call.name) }
    guard call.arguments["_raw"] == nil else {
      throw InvalidCall(message: "the arguments were not a JSON object, or nested too deeply; call the tool again")
    }
    let problems = schema.problems(in: call.arguments)
    guard !problems.isEmpty else { return call }
    if let plain = call.arguments.withoutNulls, schema.accepts(plain) {
      return ToolCall(id: call.id, name: call.name, arguments: plain)
    }
    let lines = problems.map { $0.path.isEmpty ? "the arguments \($0.message)" : "\($0)" }
    throw InvalidCall(
      message: "\(call.name) was not run: \(lines.joined(separator: "; ")). Mend that and call it again")
  }

  private func unknown(_ name: String) -> InvalidCall {
    let names = specs.map(\.name)
    let nearest = NearestName.nearest(to: name, among: names).map { "; did you mean \($0)?" } ?? ";"
    let shown = String(String.UnicodeScalarView(name.unicodeScalars.prefix(64)))
    return InvalidCall(message: "there is no tool \(shown)\(nearest) available: \(names.joined(separator: ", "))")
  }

  /// The tools that a policy allows.
  public func allowed(by policy: ToolPolicy) -> ToolSet {
    guard policy != .everything else { return self }
    return ToolSet(tools.filter { policy.allows($0.key) }, instructions, refusals)
  }

  /// The tools of both; of two with the same name the left one wins.
  public static func + (left: ToolSet, right: ToolSet) -> ToolSet {
    ToolSet(
      left.tools.merging(right.tools) { first, _ in first }, left.instructions + right.instructions,
      left.refusals + right.refusals)
  }
}

/// A call that is not run, with a message for the model.
public struct InvalidCall: Error, Sendable, Hashable {
  public let message: String
}

extension ToolSpec {
  /// - Throws: ``JSONError`` if ``parameters`` are not valid for a tool.
  func schema() throws(JSONError) -> JSONSchema {
    guard parameters["type"] == "object" else {
      throw JSONError(kind: .invalid, message: "the schema of a tool's arguments must have the type object")
    }
    return try JSONSchema(parameters)
  }
}

extension JSONValue {
  /// Without null members; an empty object for null.
  fileprivate var withoutNulls: JSONValue? {
    switch self {
    case .null: .object([:])
    case .object(let members): .object(members.filter { !$0.value.isNull })
    default: nil
    }
  }
}
