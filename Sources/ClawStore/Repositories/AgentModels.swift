import ClawCore
import ClawJSON

/// Stored form of an agent's models: a list of names. An element that another version of the program wrote and this one
/// does not know is carried along as JSON text. No provider has a model of that name, so the agent never answers with
/// an unintended model, and an update of its other fields loses nothing.
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

  /// - Throws: If the text is not a list.
  static func read(_ text: String) throws -> [String] {
    guard let values = try JSONValue(parsing: text).arrayValue else {
      throw ClawError(.internalError, "the models of an agent are not a list")
    }
    return values.map { $0.stringValue ?? $0.serializedString() }
  }
}
