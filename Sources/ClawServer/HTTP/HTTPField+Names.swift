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

  /// Those that name somebody or something; each with its other spelling.
  static let naming = [actingUser, agentID, tenant, session, [idempotencyKey]]

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

  /// Refuses what could name another than was meant: a header that comes twice, as when a proxy adds one instead of
  /// replacing it, and bytes that are no UTF-8. The parser (swift-nio 2.101) hands those over as U+FFFD, one for
  /// all of them, so a name that really holds U+FFFD is refused too.
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
