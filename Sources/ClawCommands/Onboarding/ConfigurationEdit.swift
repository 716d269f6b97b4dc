import ClawJSON

/// Changes values in `config.json` and leaves the others unchanged. Blocks.
enum ConfigurationEdit {
  /// - Parameter values: Each with its path, such as `models.model`; nil removes it.
  static func set(_ values: [(path: String, value: JSONValue?)], in file: String) throws {
    var document: JSONValue = [:]
    if let (bytes, _) = try PrivateFile.read(file, limit: 1_048_576) {
      do {
        document = try JSONValue(parsing: bytes)
      } catch {
        throw CommandFailure(.configuration, "\(file): not valid JSON: \(error)")
      }
    }
    for (path, value) in values { document = setting(path.split(at: ".")[...], to: value, in: document) }
    try PrivateFile.write(Array((pretty(document) + "\n").utf8), to: file, .replacing)
  }

  private static func setting(_ path: ArraySlice<Substring>, to value: JSONValue?, in document: JSONValue) -> JSONValue
  {
    guard let name = path.first.map(String.init), case .object(var members) = document else { return document }
    if path.count == 1 {
      members[name] = value
    } else {
      members[name] = setting(path.dropFirst(), to: value, in: members[name] ?? [:])
    }
    return .object(members)
  }

  /// Pretty-printed with an indentation of two spaces.
  static func pretty(_ value: JSONValue, indentation: String = "") -> String {
    let inner = indentation + "  "
    switch value {
    case .object(let members) where !members.isEmpty:
      let lines = members.sorted { $0.key < $1.key }.map { name, value in
        "\(inner)\(JSONValue.string(name).serializedString()): \(pretty(value, indentation: inner))"
      }
      return "{\n" + lines.joined(separator: ",\n") + "\n\(indentation)}"
    case .array(let elements) where elements.contains { !($0.objectValue?.isEmpty ?? true) }:
      let lines = elements.map { inner + pretty($0, indentation: inner) }
      return "[\n" + lines.joined(separator: ",\n") + "\n\(indentation)]"
    default: return value.serializedString()
    }
  }
}
