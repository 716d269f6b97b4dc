import ClawJSON

/// Adapts the parameter schema of a tool to a vendor.
enum ToolSchema {
  /// Keywords whose values are schemas under arbitrary names; those names are not keywords.
  private static let maps: UTF8Set = [
    "properties", "patternProperties", "$defs", "definitions", "dependentSchemas",
  ]

  /// An object schema with `properties`, without the keywords that the vendor rejects.
  static func object(_ schema: JSONValue, without keywords: UTF8Set) -> JSONValue {
    var object = (keywords.isEmpty ? schema : stripped(schema, keywords)).objectValue ?? [:]
    object["type"] = "object"
    if object["properties"]?.objectValue == nil { object["properties"] = [:] }
    return .object(object)
  }

  private static func stripped(_ schema: JSONValue, _ keywords: UTF8Set) -> JSONValue {
    switch schema {
    case .array(let items): return .array(items.map { stripped($0, keywords) })
    case .object(let object):
      var kept: JSONObject = [:]
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
