import ClawCore
import HTTPTypes

extension HTTPField.Name {
  static let requestID = named("X-Request-Id")
  static let shouldRetry = named("X-Should-Retry")
  static let runID = named("X-SwiftClaw-Run-Id")
  static let forwardedFor = named(TrustedProxies.header)
  static let apiKey = named("X-Api-Key")
  static let idempotencyKey = named("Idempotency-Key")
  static let actingUser = [named("X-SwiftClaw-User-Id"), named("X-GoClaw-User-Id")]
  static let agentID = [named("X-SwiftClaw-Agent-Id"), named("X-GoClaw-Agent-Id")]
  static let tenant = [named("X-SwiftClaw-Tenant")]
  static let session = [named("X-SwiftClaw-Session")]

  /// Headers that identify something, each with its alternative spelling.
  static let naming = [actingUser, agentID, tenant, session, [idempotencyKey]]

  /// A name known to be valid; `Name` can't infer that from a literal.
  private static func named(_ name: String) -> HTTPField.Name {
    HTTPField.Name(name) ?? .contentType
  }
}

extension HTTPFields {
  /// The first of these headers that is present.
  subscript(first names: [HTTPField.Name]) -> String? {
    for name in names {
      if let value = self[name] { return value }
    }
    return nil
  }

  /// Rejects ambiguous identifying headers: one that occurs twice, as when a proxy adds one instead of replacing it,
  /// and values that are not UTF-8. The parser (swift-nio 2.101) replaces those bytes by U+FFFD, so that different
  /// values look alike; a name that really contains U+FFFD is rejected too.
  /// - Throws: `invalidRequest` naming the header.
  func checkNames() throws(ClawError) {
    for names in HTTPField.Name.naming {
      let found = names.flatMap { self[fields: $0] }
      guard let first = found.first else { continue }
      guard found.count == 1 else {
        throw ClawError(
          .invalidRequest, "\(first.name) is there \(found.count) times, its other spellings counted; send it once")
      }
      guard !first.value.unicodeScalars.contains("\u{FFFD}") else {
        throw ClawError(.invalidRequest, "\(first.name) is not valid UTF-8")
      }
    }
  }
}
