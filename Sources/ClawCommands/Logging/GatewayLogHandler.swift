import ClawCore
import ClawJSON
import Logging

/// Writes one line per message: text for people, a JSON object for machines. The last wall before the outside:
/// secrets that the process knows are replaced in all of it.
struct GatewayLogHandler: LogHandler {
  let label: String
  let settings: LogSettings
  var metadata: Logger.Metadata = [:]
  var metadataProvider: Logger.MetadataProvider?
  /// A level of this logger's own; nil follows the process.
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
    let values = fields.mapValues { redactor.redact(Self.json($0)) }
    let now = settings.time.now.rfc3339
    let line =
      switch settings.style {
      case .json: jsonLine(now, event.level, message, values)
      case .text(let colours): redactor.redact(textLine(now, event.level, message, values, colours: colours))
      }
    settings.output.write(line: line)
  }

  private func jsonLine(
    _ time: String, _ level: Logger.Level, _ message: String, _ fields: [String: JSONValue]
  ) -> String {
    var line: JSONValue = [
      "time": .string(time), "level": .string(level.rawValue), "logger": .string(label), "message": .string(message),
    ]
    if !fields.isEmpty { line["fields"] = .object(fields) }
    return line.serializedString()
  }

  private func textLine(
    _ time: String, _ level: Logger.Level, _ message: String, _ fields: [String: JSONValue], colours: Bool
  ) -> String {
    let styles = Styles(isOn: colours)
    let name = level.rawValue.uppercased()
    let padded = name + String(repeating: " ", count: max(0, 8 - name.count))
    let coloured =
      switch level {
      case .trace, .debug: styles.dim(padded)
      case .warning: styles.yellow(padded)
      case .error, .critical: styles.red(padded)
      default: padded
      }
    let details = fields.sorted { $0.key < $1.key }.map { name, value in " \(name)=\(Self.shown(value))" }.joined()
    return styles.dim(time) + " " + coloured + " " + Self.oneLine(message) + styles.dim(details)
  }

  private static func shown(_ value: JSONValue) -> String {
    guard case .string(let text) = value else { return value.serializedString() }
    let isPlain = !text.isEmpty && text.utf8.allSatisfy { $0 > 32 && $0 != 34 && $0 != 61 && $0 != 127 }
    return isPlain ? text : value.serializedString()
  }

  /// One message is one line, whatever it holds: a line break or an escape sequence in it can't fake another one.
  private static func oneLine(_ text: String) -> String {
    func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.generalCategory == .control }
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    return String(
      String.UnicodeScalarView(
        text.unicodeScalars.flatMap { scalar -> [Unicode.Scalar] in
          switch scalar {
          case "\n": ["\\", "n"]
          case "\r": ["\\", "r"]
          case "\t": [" "]
          default: isControl(scalar) ? ["?"] : [scalar]
          }
        }))
  }

  private static func json(_ value: Logger.Metadata.Value) -> JSONValue {
    switch value {
    case .string(let text): .string(text)
    case .stringConvertible(let value): .string(value.description)
    case .array(let values): .array(values.map(json))
    case .dictionary(let members): .object(members.mapValues(json))
    }
  }
}
