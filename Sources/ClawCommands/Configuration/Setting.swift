import ClawJSON

/// One thing that can be set. The table of all of them (``Settings``) is the single source: reading, checking,
/// showing and documenting the configuration follow from it.
public struct Setting<Value: Sendable>: Sendable {
  /// The way to it in `config.json`, such as `gateway.port`.
  public let path: String
  let kind: SettingKind<Value>
  /// What holds where nobody says anything.
  public let standard: Value
  /// Environment variables, the first of those that are set counts.
  public let variables: [String]
  /// Comes from the environment or from `secrets.env`, and is never shown.
  public let isSecret: Bool
  /// Whether a running gateway takes a change up on SIGHUP.
  public let isLive: Bool
  /// One line for people.
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

  /// Without its type, for the table.
  var erased: AnySetting {
    AnySetting(
      path: path, expectation: kind.expectation, standard: kind.write(standard), variables: variables,
      isSecret: isSecret, isLive: isLive, summary: summary,
      read: { json in kind.read(json).map { (value: $0, json: kind.write($0)) } },
      json: kind.json)
  }
}

/// A setting whose type does not matter: what checks and lists need of it.
struct AnySetting: Sendable {
  let path: String
  let expectation: String
  let standard: JSONValue
  let variables: [String]
  let isSecret: Bool
  let isLive: Bool
  let summary: String
  /// The value, and the same in its canonical writing; nil if it is of another kind.
  let read: @Sendable (JSONValue) -> (value: any Sendable, json: JSONValue)?
  let json: @Sendable (String) -> JSONValue
}
