import HTTPTypes

extension HTTPField.Name {
  static let requestID = named("X-Request-Id")
  static let runID = named("X-SwiftClaw-Run-Id")
  static let forwardedFor = named(TrustedProxies.header)
  static let apiKey = named("X-Api-Key")
  static let idempotencyKey = named("Idempotency-Key")
  static let actingUser = [named("X-SwiftClaw-User-Id"), named("X-GoClaw-User-Id")]
  static let agentID = [named("X-SwiftClaw-Agent-Id"), named("X-GoClaw-Agent-Id")]
  static let tenant = [named("X-SwiftClaw-Tenant")]
  static let session = [named("X-SwiftClaw-Session")]

  /// A name that is known to be one; `Name` can't tell that from a literal.
  private static func named(_ name: String) -> HTTPField.Name {
    HTTPField.Name(name) ?? .contentType
  }
}

extension HTTPFields {
  /// The first of these headers that is there.
  subscript(first names: [HTTPField.Name]) -> String? {
    for name in names {
      if let value = self[name] { return value }
    }
    return nil
  }
}
