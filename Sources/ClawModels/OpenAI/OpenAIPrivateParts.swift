import ClawCore
import ClawJSON

/// Data of an answer kept for the model that produced it: reasoning, and extras of a call (Gemini's signatures). One
/// ``ProviderPart`` each, distinguished by `type`.
struct OpenAIPrivateParts: Sendable {
  var reasoning: String?
  var details: [JSONValue]?
  /// `extra_content` by call ID.
  var extras: JSONObject = [:]

  init() {}

  /// Restores only what the same model produced.
  init(parts: [ProviderPart], origin: ModelReference) {
    for part in parts where part.origin == origin {
      switch part.payload["type"]?.stringValue {
      case "reasoning": reasoning = part.payload["text"]?.stringValue
      case "reasoning_details": details = part.payload["details"]?.arrayValue
      case "call_extra":
        if let id = part.payload["id"]?.stringValue { extras[id] = part.payload["extra_content"] }
      default: break
      }
    }
  }

  func providerParts(origin: ModelReference) -> [ProviderPart] {
    var payloads: [JSONValue] = []
    if let reasoning, !reasoning.isEmpty { payloads.append(["type": "reasoning", "text": .string(reasoning)]) }
    if let details, !details.isEmpty { payloads.append(["type": "reasoning_details", "details": .array(details)]) }
    for (id, extra) in extras.sorted(by: { $0.key < $1.key }) {
      payloads.append(["type": "call_extra", "id": .string(id), "extra_content": extra])
    }
    return payloads.map { ProviderPart(origin: origin, payload: $0) }
  }

  /// Joins the fragments of `reasoning_details` that belong to the same block: texts are appended, other values
  /// replaced.
  mutating func merge(details fragments: [JSONValue]) {
    var merged = details ?? []
    for fragment in fragments {
      let place = merged.lastIndex {
        $0["index"] != nil && $0["index"] == fragment["index"] && $0["type"] == fragment["type"]
      }
      guard let place, let members = fragment.objectValue else {
        merged.append(fragment)
        continue
      }
      for (key, value) in members where !value.isNull {
        if ["text", "summary", "data"].contains(key), let before = merged[place][key]?.stringValue,
          let more = value.stringValue
        {
          merged[place][key] = .string(before + more)
        } else {
          merged[place][key] = value
        }
      }
    }
    details = merged
  }
}
