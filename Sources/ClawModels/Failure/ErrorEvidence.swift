import ClawJSON

/// What a provider's error says, whatever its shape: the parts that the table of failures looks at.
struct ErrorEvidence: Sendable, Hashable {
  /// The HTTP status, or the one that an error inside a stream states.
  var status: Int?
  /// `code`, `type` and `status` of the error, in lower case.
  var marks: [String] = []
  var message = ""

  /// From the body of an answer with an error status.
  init(status: Int?, body: [UInt8]) {
    self.status = status
    if let value = try? JSONValue(parsing: body) {
      read(value)
    } else {
      let text = String(decoding: body.prefix(2048), as: UTF8.self)
      // A page made for browsers says nothing that helps.
      message = text.trimmed.startsWith("<") ? "" : text
    }
  }

  /// From an error object inside a stream.
  init(inStream value: JSONValue) {
    read(value)
    if status == nil, let number = marks.lazy.compactMap(Int.init).first(where: { (400...599).contains($0) }) {
      status = number
    }
  }

  private mutating func read(_ value: JSONValue) {
    // Gemini wraps the object in a list.
    let object = value.arrayValue?.first ?? value
    let error = object["error"] ?? object["base_resp"] ?? object
    if let text = error.stringValue {
      message = text
      if let mark = object["type"]?.stringValue ?? object["code"]?.stringValue { marks.append(mark.lowercased()) }
      return
    }
    for key in ["code", "type", "status", "status_code", "object"] {
      if let mark = error[key]?.stringValue { marks.append(mark.lowercased()) }
      if let number = error[key]?.intValue { marks.append(String(number)) }
    }
    message = Self.message(of: error) ?? Self.message(of: object) ?? ""
    if let inner = error["metadata"]?["raw"]?.stringValue { message += message.isEmpty ? inner : ": \(inner)" }
  }

  private static func message(of value: JSONValue) -> String? {
    for key in ["message", "status_msg", "detail"] {
      guard let found = value[key] else { continue }
      if let text = found.stringValue, !text.isEmpty { return text }
      if let inner = found["detail"] ?? found["message"] { return inner.stringValue ?? inner.serializedString() }
      if let first = found[0]?["msg"]?.stringValue {
        let place = found[0]?["loc"]?.arrayValue?.compactMap { $0.stringValue ?? $0.intValue.map(String.init) }
        return place.map { "\($0.joined(separator: ".")): \(first)" } ?? first
      }
    }
    return nil
  }
}
