import ClawJSON

/// The schema of a tool's parameters as a vendor takes it.
enum ToolSchema {
  /// Keys whose values are schemas under names of their own choice; those names are no keywords.
  private static let maps: Set<String> = [
    "properties", "patternProperties", "$defs", "definitions", "dependentSchemas",
  ]

  /// An object schema with `properties`, without the keywords that the vendor refuses.
  static func object(_ schema: JSONValue, without keywords: Set<String>) -> JSONValue {
    var object = (keywords.isEmpty ? schema : stripped(schema, keywords)).objectValue ?? [:]
    object["type"] = "object"
    if object["properties"]?.objectValue == nil { object["properties"] = [:] }
    return .object(object)
  }

  private static func stripped(_ schema: JSONValue, _ keywords: Set<String>) -> JSONValue {
    switch schema {
    case .array(let items): return .array(items.map { stripped($0, keywords) })
    case .object(let object):
      var kept: [String: JSONValue] = [:]
      for (key, value) in object where !keywords.contains(key) {
        if maps.contains(key), let named = value.objectValue {
          kept[key] = .object(named.mapValues { stripped($0, keywords) })
        } else if key == "enum" || key == "const" || key == "required" {
          kept[key] = value
        } else {
          kept[key] = stripped(value, keywords)
        }
      }
      return .object(kept)
    default: return schema
    }
  }
}
