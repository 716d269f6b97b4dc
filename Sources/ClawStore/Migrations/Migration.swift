import Crypto

/// One schema migration. It never changes after its release; its checksum is stored in the database.
struct Migration: Sendable {
  let version: Int
  let name: String
  let statements: @Sendable (SQLDialect) -> [String]

  /// SHA-256 of all statements, as 64 hex digits.
  func checksum(_ dialect: SQLDialect) -> String {
    var hash = SHA256()
    for statement in statements(dialect) {
      hash.update(data: Array(statement.utf8))
      hash.update(data: [0])
    }
    return hash.finalize().map { byte in
      let text = String(byte, radix: 16)
      return text.count == 1 ? "0" + text : text
    }.joined()
  }
}

extension Migration {
  /// All migrations, in order.
  static let all: [Migration] = [.m001Initial]
}
