import ClawJSON

/// Validates and reads the arguments that a model passed to a tool.
struct ToolArguments {
  /// The error message for the model.
  struct Problem: Error, Equatable {
    let message: String
  }

  private let members: JSONObject

  /// `null` counts as no arguments.
  init(_ arguments: JSONValue, names: UTF8Set) throws(Problem) {
    switch arguments {
    case .null: members = [:]
    case .object(let object): members = object
    default: throw Problem(message: "the arguments must be an object")
    }
    if let unknown = members.keys.filter({ !names.contains($0) }).min() {
      let name = JSONValue.string(String(unknown.prefix(64))).serializedString()
      throw Problem(message: "\(name) is not an argument; there is \(names.sorted().joined(separator: ", "))")
    }
  }

  /// A string argument; nil if it is missing or null.
  func string(_ name: String) throws(Problem) -> String? {
    switch members[name] {
    case nil, .null: return nil
    case .string(let text): return text
    default: throw Problem(message: "\"\(name)\" must be a string")
    }
  }
}
