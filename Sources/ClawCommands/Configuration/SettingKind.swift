import ClawJSON
import ClawServer

/// The values of a setting, and their formats.
public struct SettingKind<Value: Sendable>: Sendable {
  /// Completes "expected …".
  let expectation: String
  /// Decodes a value of `config.json`; nil if it is invalid.
  let read: @Sendable (JSONValue) -> Value?
  /// Converts the text of an environment variable or flag to the equivalent JSON.
  let json: @Sendable (String) -> JSONValue
  /// Encodes a value for `config.json`.
  let write: @Sendable (Value) -> JSONValue
}

extension SettingKind where Value == String {
  /// Any text without control characters; empty means unset.
  static let text = matching("text") { _ in true }

  /// A file or directory: absolute, `~/…`, or relative to the data directory.
  static let path = matching("a path") { !$0.isEmpty }

  /// A base URL. It is shown and logged, so it must not contain a password.
  static let webAddress = matching("an address that begins with http:// or https://, without user and password") {
    $0.isEmpty || WebOrigin.isAddress($0)
  }

  private static func matching(
    _ expectation: String, _ accepts: @escaping @Sendable (String) -> Bool
  ) -> SettingKind<String> {
    SettingKind(
      expectation: expectation,
      read: { value in
        guard let text = value.stringValue, accepts(text) else { return nil }
        return text.unicodeScalars.contains { $0.value < 32 || $0.value == 127 } ? nil : text
      },
      json: { .string($0) }, write: { .string($0) })
  }

  /// One of these words, or empty.
  static func oneOf(_ words: [String]) -> SettingKind<String> {
    matching("one of " + words.joined(separator: ", ")) { $0.isEmpty || words.contains($0) }
  }

  /// One of the enum's raw values.
  static func choice<Choice: RawRepresentable<String> & CaseIterable>(_ type: Choice.Type) -> SettingKind<String> {
    let words = type.allCases.map(\.rawValue)
    return matching("one of " + words.joined(separator: ", ")) { words.contains($0) }
  }
}

extension SettingKind where Value == Int {
  static func integer(_ range: ClosedRange<Int>) -> SettingKind<Int> {
    let expectation =
      range.upperBound == .max
      ? "a whole number of at least \(range.lowerBound)"
      : "a whole number from \(range.lowerBound) to \(range.upperBound)"
    return SettingKind(
      expectation: expectation,
      read: { value in
        guard case .integer(let number) = value, let whole = Int(exactly: number) else { return nil }
        return range.contains(whole) ? whole : nil
      },
      json: { Int64($0).map { .integer($0) } ?? .string($0) },
      write: { .integer(Int64($0)) })
  }
}

extension SettingKind where Value == Bool {
  static let flag = SettingKind(
    expectation: "true or false", read: \.boolValue,
    json: { text in
      switch text.lowercased() {
      case "true", "1", "yes", "on": true
      case "false", "0", "no", "off": false
      default: .string(text)
      }
    },
    write: { .bool($0) })
}

extension SettingKind where Value == Duration {
  static func duration(atLeast least: Duration = .milliseconds(1)) -> SettingKind<Duration> {
    let bound = least > .zero ? " of at least \(DurationText.format(least))" : ""
    return SettingKind(
      expectation: "a duration\(bound), such as 500ms, 30s, 5m, 24h or a number of seconds",
      read: { value in
        let duration: Duration? =
          switch value {
          case .string(let text): DurationText.parse(text)
          case .integer(let seconds): DurationText.duration(seconds: Double(seconds))
          case .number(let seconds): DurationText.duration(seconds: seconds)
          default: nil
          }
        return duration.flatMap { $0 >= least ? $0 : nil }
      },
      json: { .string($0) }, write: { .string(DurationText.format($0)) })
  }
}

extension SettingKind where Value == [String] {
  /// At most 1000 networks; in an environment variable separated by commas.
  static let networks = list(of: "addresses and networks, such as 10.1.2.3 or 10.0.0.0/8") {
    TrustedProxies([$0]) != nil
  }

  /// At most 1000 web origins; in an environment variable separated by commas.
  static let origins = list(of: "origins with scheme, host and port, such as https://chat.example.com, or *") {
    $0 == "*" || WebOrigin.isProper($0)
  }

  private static func list(
    of things: String, _ accepts: @escaping @Sendable (String) -> Bool
  ) -> SettingKind<[String]> {
    SettingKind(
      expectation: "a list of \(things)",
      read: { value in list.read(value).flatMap { $0.allSatisfy(accepts) ? $0 : nil } }, json: list.json,
      write: list.write)
  }

  /// At most 1000 texts; in an environment variable separated by commas.
  static let list = SettingKind(
    expectation: "a list of texts",
    read: { value in
      guard let elements = value.arrayValue, elements.count <= 1000 else { return nil }
      let texts = elements.compactMap(\.stringValue)
      return texts.count == elements.count ? texts : nil
    },
    json: { text in
      .array(
        text.split(at: ",").map { part in
          .string(String(part.trimmingASCII()))
        })
    },
    write: { .array($0.map { .string($0) }) })
}
