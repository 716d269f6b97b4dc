import ClawCore
import ClawJSON

/// Reads `config.json`: nested objects down to the known settings; other keys are errors.
enum ConfigurationFile {
  static func read(_ bytes: [UInt8], at place: String, into loaded: inout LoadedConfiguration) throws(JSONError) {
    let document = try JSONValue(parsing: bytes, limits: JSONLimits(refusesRepeatedNames: true))
    guard case .object(let members) = document else {
      loaded.add(place, "expected an object, such as {\"gateway\": {\"port\": 18790}}")
      return
    }
    walk(members, at: "", of: place, into: &loaded)
  }

  private static let sections: UTF8Set = {
    var sections: UTF8Set = []
    for setting in Settings.all {
      var parts = setting.path.split(at: ".").dropLast()
      while !parts.isEmpty {
        sections.insert(parts.joined(separator: "."))
        parts = parts.dropLast()
      }
    }
    return sections
  }()

  private static func walk(
    _ members: JSONObject, at prefix: String, of place: String, into loaded: inout LoadedConfiguration
  ) {
    for (name, value) in members.sorted(by: { $0.key < $1.key }) {
      let path = prefix.isEmpty ? name : "\(prefix).\(name)"
      if name.containsBytes(of: ".") {
        loaded.add(place, "\(path): names have no dots; write \(nested(path))")
      } else if let setting = Settings.setting(at: path) {
        guard !setting.isSecret else {
          loaded.add(
            place,
            "\(path): a configuration file holds no secrets; remove it and set \(setting.variables[0]) instead, in "
              + "the environment or in secrets.env")
          continue
        }
        loaded.take(setting, value, from: .file(place))
      } else if isSection(path) {
        if case .object(let inner) = value {
          walk(inner, at: path, of: place, into: &loaded)
        } else {
          loaded.add(place, "\(path): expected an object with settings")
        }
      } else if prefix == "providers" {
        loaded.add(
          place,
          "\(path): a provider's name is made of lower-case letters, digits, - and _, begins with a letter, and is not "
            + "demo")
      } else {
        loaded.add(place, "\(path): unknown setting\(hint(for: path, name))")
      }
    }
  }

  /// Whether a path has settings below it; each provider has a section of its own.
  private static func isSection(_ path: String) -> Bool {
    sections.contains(path) || Settings.providerName(in: path).map { path == "providers.\($0)" } ?? false
  }

  private static func hint(for path: String, _ name: String) -> String {
    let own = Settings.providerName(in: path).map { Settings.all(of: $0).map(\.path) } ?? []
    let known = Settings.all.map(\.path) + own
    if let nearest = NearestName.nearest(to: path, among: known + sections.sorted()) {
      return "; did you mean \(nearest)?"
    }
    let elsewhere = known.filter { $0.endsWith(".\(name)") }
    return elsewhere.count == 1 ? "; did you mean \(elsewhere[0])?" : "; see swiftclaw config show"
  }

  /// `a.b` → `{"a": {"b": …}}`.
  private static func nested(_ path: String) -> String {
    let parts = path.split(at: ".")
    return parts.map { "{\"\($0)\": " }.joined() + "…" + String(repeating: "}", count: parts.count)
  }
}
