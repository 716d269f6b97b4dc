import ClawJSON

/// What a model passed to a tool, held against what the tool knows.
struct ToolArguments {
  /// What is wrong, as the model is told.
  struct Problem: Error, Equatable {
    let message: String
  }

  private let members: JSONObject

  /// Nothing at all counts as no arguments.
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

  /// The text of an argument; nil when it is missing or null.
  func string(_ name: String) throws(Problem) -> String? {
    switch members[name] {
    case nil, .null: return nil
    case .string(let text): return text
    default: throw Problem(message: "\"\(name)\" must be a string")
    }
  }
}
