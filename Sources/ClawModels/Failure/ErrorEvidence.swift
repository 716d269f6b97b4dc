import ClawJSON

/// The parts of a provider's error, in any format, that the failure table examines.
struct ErrorEvidence: Sendable, Hashable {
  /// The HTTP status, or the one stated by an error inside a stream.
  var status: Int?
  /// `code`, `type` and `status` of the error, in lower case.
  var marks: [String] = []
  var message = ""
  /// The request fields that the error is about, named by `param` or `loc`.
  var fields: [String] = []
  /// The delay requested in the body.
  var retryAfter: Duration?

  /// Parses the body of an error response.
  init(status: Int?, body: [UInt8]) {
    self.status = status
    if let value = try? JSONValue(parsing: body) {
      read(value)
    } else if let page = WebPage(body) {
      // Of an HTML page only the title is informative.
      message = page.title
    } else if Self.isText(body) {
      message = String(decoding: body.prefix(2048), as: UTF8.self)
    }
    retryAfter = retryAfter ?? RetryAfter.stated(in: message)
  }

  /// Parses an error object inside a stream, or in place of an answer.
  init(inStream value: JSONValue) {
    read(value)
    if status == nil, let number = marks.lazy.compactMap(Int.init).first(where: { (400...599).contains($0) }) {
      status = number
    }
    retryAfter = retryAfter ?? RetryAfter.stated(in: message)
  }

  /// Compressed or otherwise binary bytes are never shown.
  private static func isText(_ body: [UInt8]) -> Bool {
    body.prefix(2048).allSatisfy { $0 >= 0x20 && $0 != 0x7F || (0x09...0x0D).contains($0) }
      && String(validating: body.prefix(2048).dropLast(min(3, body.count)), as: UTF8.self) != nil
  }

  private mutating func read(_ value: JSONValue) {
    // Gemini wraps the object in an array.
    let object = value.arrayValue?.first ?? value
    let error = Self.errorObject(in: object)
    if let text = error.stringValue {
      message = text
      if let mark = object["type"]?.stringValue ?? object["code"]?.stringValue { marks.append(mark.lowercased()) }
      return
    }
    for key in ["code", "type", "status", "status_code", "object", "error_code", "err_code"] {
      if let mark = error[key]?.stringValue { marks.append(mark.lowercased()) }
      if let number = error[key]?.intValue { marks.append(String(number)) }
    }
    if let field = error["param"]?.stringValue, !field.isEmpty { fields.append(field) }
    message = text(of: error) ?? text(of: object) ?? ""
    if let inner = error["metadata"]?["raw"]?.stringValue { message += message.isEmpty ? inner : ": \(inner)" }
    for detail in error["details"]?.arrayValue ?? [] {
      // google.rpc.RetryInfo
      if let delay = detail["retryDelay"]?.stringValue { retryAfter = RetryAfter.duration(delay) }
    }
  }

  private static func errorObject(in object: JSONValue) -> JSONValue {
    if let error = object["error"], !error.isNull, error.boolValue == nil { return error }
    if let base = object["base_resp"], base.objectValue != nil { return base }
    if let first = object["errors"]?.arrayValue?.first { return first }
    return object
  }

  private static let textKeys = [
    "message", "msg", "status_msg", "error_msg", "error_message", "errorMessage", "detail", "error_description",
    "description", "reason", "title",
  ]

  /// The message of an object; records the locations in a list of validation errors.
  private mutating func text(of value: JSONValue) -> String? {
    for key in Self.textKeys {
      guard let found = value[key] else { continue }
      if let text = found.stringValue, !text.isEmpty { return text }
      if let first = found.arrayValue?.first { return text(ofValidation: first) }
      guard found.objectValue != nil else { continue }
      if let list = found["detail"]?.arrayValue?.first { return text(ofValidation: list) }
      return text(of: found) ?? found.serializedString()
    }
    return nil
  }

  /// One entry of such a list, in pydantic's format: `{"loc": ["body", "seed"], "msg": "…"}`.
  private mutating func text(ofValidation value: JSONValue) -> String? {
    if let text = value.stringValue { return text }
    let said = text(of: value)
    let place = value["loc"]?.arrayValue?.compactMap { $0.stringValue ?? $0.intValue.map(String.init) } ?? []
    if let field = place.first(where: { $0 != "body" }) { fields.append(field) }
    guard !place.isEmpty else { return said }
    return "\(place.joined(separator: ".")): \(said ?? "refused")"
  }
}
