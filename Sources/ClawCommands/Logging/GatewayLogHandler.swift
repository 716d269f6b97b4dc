import ClawCore
import ClawJSON
import Logging

/// Writes one line per message: text for people, a JSON object for programs. Secrets known to the process are redacted
/// in the complete line.
struct GatewayLogHandler: LogHandler {
  let label: String
  let settings: LogSettings
  var metadata: Logger.Metadata = [:]
  var metadataProvider: Logger.MetadataProvider?
  /// A level of this logger's own; nil uses the process's.
  private var ownLevel: Logger.Level?

  init(label: String, settings: LogSettings) {
    self.label = label
    self.settings = settings
  }

  var logLevel: Logger.Level {
    get { ownLevel ?? settings.level }
    set { ownLevel = newValue }
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var fields = metadata
    if let provided = metadataProvider?.get() { fields.merge(provided) { $1 } }
    if let own = event.metadata { fields.merge(own) { $1 } }
    if let error = event.error { fields["error"] = "\(error)" }
    let redactor = settings.redactor
    let message = redactor.redact(event.message.description)
    let values = JSONObject(fields.map { ($0.key, redactor.redact(Self.json($0.value))) })
    let now = settings.time.now
    let line =
      switch settings.style {
      case .json: jsonLine(now.rfc3339, event.level, message, values)
      case .text(let colours):
        redactor.redact(
          LogText.line(
            time: now.rfc3339, level: event.level, message: message, fields: values, styles: Styles(isOn: colours)))
      }
    settings.ring.add(
      time: now, level: LogLevel(rawValue: event.level.rawValue) ?? .info, logger: label, message: message,
      fields: values)
    settings.output.write(line: line)
  }

  private func jsonLine(
    _ time: String, _ level: Logger.Level, _ message: String, _ fields: JSONObject
  ) -> String {
    var line: JSONValue = [
      "time": .string(time), "level": .string(level.rawValue), "logger": .string(label), "message": .string(message),
    ]
    if !fields.isEmpty { line["fields"] = .object(fields) }
    return line.serializedString()
  }

  private static func json(_ value: Logger.Metadata.Value) -> JSONValue {
    switch value {
    case .string(let text): .string(text)
    case .stringConvertible(let value): .string(value.description)
    case .array(let values): .array(values.map(json))
    case .dictionary(let members): .object(JSONObject(members.map { ($0.key, json($0.value)) }))
    }
  }
}
