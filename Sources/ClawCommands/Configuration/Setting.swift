import ClawJSON

/// A setting. The table of all settings (``Settings``) is the single source for reading, checking, showing and
/// documenting the configuration.
public struct Setting<Value: Sendable>: Sendable {
  /// Its path in `config.json`, such as `gateway.port`.
  public let path: String
  let kind: SettingKind<Value>
  /// The default.
  public let standard: Value
  /// Environment variables; the first one that is set wins.
  public let variables: [String]
  /// Set in the environment or `secrets.env`, and never shown.
  public let isSecret: Bool
  /// Whether a running gateway applies a change on SIGHUP.
  public let isLive: Bool
  /// One line of documentation.
  public let summary: String

  init(
    _ path: String, _ kind: SettingKind<Value>, _ standard: Value, short: String? = nil, isSecret: Bool = false,
    isLive: Bool = false, _ summary: String
  ) {
    self.path = path
    self.kind = kind
    self.standard = standard
    let long = Self.variable(for: path)
    variables = short.map { $0 == long ? [long] : [$0, long] } ?? [long]
    self.isSecret = isSecret
    self.isLive = isLive
    self.summary = summary
  }

  /// `gateway.drain_timeout` → `SWIFTCLAW_GATEWAY_DRAIN_TIMEOUT`.
  private static func variable(for path: String) -> String {
    "SWIFTCLAW_" + String(path.uppercased().map { $0 == "." || $0 == "-" ? "_" : $0 })
  }

  /// Type-erased, for the table.
  var erased: AnySetting {
    AnySetting(
      path: path, expectation: kind.expectation, standard: kind.write(standard), variables: variables,
      isSecret: isSecret, isLive: isLive, summary: summary,
      read: { json in kind.read(json).map { (value: $0, json: kind.write($0)) } },
      json: kind.json)
  }
}

/// A type-erased setting.
struct AnySetting: Sendable {
  let path: String
  let expectation: String
  let standard: JSONValue
  let variables: [String]
  let isSecret: Bool
  let isLive: Bool
  let summary: String
  /// The value and its canonical JSON; nil if it is invalid.
  let read: @Sendable (JSONValue) -> (value: any Sendable, json: JSONValue)?
  let json: @Sendable (String) -> JSONValue
}
