import ClawCore
import ClawJSON

/// How the models of an agent are kept: a list of names. What else another version of the program has in it is carried
/// along as JSON text: a name that no provider has, so that the agent answers with no model that was not meant, and a
/// change of its other fields loses nothing.
enum AgentModels {
  static func stored(_ models: [String]) -> String {
    let values = models.map { name -> JSONValue in
      guard name.utf8.first == UInt8(ascii: "{"), let value = try? JSONValue(parsing: name) else {
        return .string(name)
      }
      return value
    }
    return JSONValue.array(values).serializedString()
  }

  /// - Throws: If the text is no list.
  static func read(_ text: String) throws -> [String] {
    guard let values = try JSONValue(parsing: text).arrayValue else {
      throw ClawError(.internalError, "the models of an agent are not a list")
    }
    return values.map { $0.stringValue ?? $0.serializedString() }
  }
}
