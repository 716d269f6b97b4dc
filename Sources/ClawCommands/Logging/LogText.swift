import ClawJSON
import Logging

/// Formats log lines as text.
enum LogText {
  static func line(
    time: String, level: Logger.Level, message: String, fields: JSONObject, styles: Styles
  ) -> String {
    let name = level.rawValue.uppercased()
    let padded = name + String(repeating: " ", count: max(0, 8 - name.count))
    let coloured =
      switch level {
      case .trace, .debug: styles.dim(padded)
      case .warning: styles.yellow(padded)
      case .error, .critical: styles.red(padded)
      default: padded
      }
    let details = fields.sorted { $0.key < $1.key }.map { name, value in " \(name)=\(shown(value))" }.joined()
    return styles.dim(time) + " " + coloured + " " + oneLine(message) + styles.dim(details)
  }

  private static func shown(_ value: JSONValue) -> String {
    guard case .string(let text) = value else { return value.serializedString() }
    let isPlain = !text.isEmpty && text.utf8.allSatisfy { $0 > 32 && $0 != 34 && $0 != 61 && $0 != 127 }
    return isPlain ? text : value.serializedString()
  }

  /// One message is one line: a line break or an escape sequence in it can't fake another one.
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
}
