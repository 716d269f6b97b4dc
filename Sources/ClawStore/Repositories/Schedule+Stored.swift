import ClawCore
import ClawJSON

/// Stored form of schedules. A kind known only to another version of the program is kept unchanged.
extension Schedule {
  /// The stored text.
  var stored: String {
    if case .unknown(_, let value) = self { return value.serializedString() }
    let value: JSONObject =
      switch self {
      case .at(let time): ["kind": "at", "at": .integer(time.milliseconds)]
      case .every(let milliseconds): ["kind": "every", "every": .integer(milliseconds)]
      case .cron(let expression, let zone): ["kind": "cron", "expression": .string(expression), "zone": .string(zone)]
      case .unknown: [:]
      }
    return JSONValue.object(NewerFormat.object(value)).serializedString()
  }

  init(stored text: String) {
    let value = (try? JSONValue(parsing: text)) ?? .null
    let kind = value["kind"]?.stringValue ?? ""
    switch (kind, value["at"]?.intValue, value["every"]?.intValue, value["expression"]?.stringValue) {
    case ("at", let time?, _, _): self = .at(time: Timestamp(milliseconds: Int64(time)))
    case ("every", _, let interval?, _): self = .every(milliseconds: Int64(interval))
    case ("cron", _, _, let expression?):
      self = .cron(expression: expression, zone: value["zone"]?.stringValue ?? "UTC")
    default: self = .unknown(kind: kind, value)
    }
  }
}
