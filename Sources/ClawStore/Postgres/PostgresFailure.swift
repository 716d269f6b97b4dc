import ClawJSON

extension DatabaseError {
  /// Maps an SQLSTATE to a kind of error.
  init(sqlState: String, message: String, sql: String) {
    let kind: Kind =
      switch (sqlState.prefix(2), sqlState) {
      case (_, "53100"): .full
      // Serialization failure or deadlock: a retry succeeds.
      case (_, "40001"), (_, "40P01"): .conflict
      // A statement prepared before the schema changed, or on a server connection that the pooler has replaced.
      case (_, "0A000") where message.containsBytes(of: "cached plan"), (_, "26000"): .conflict
      case (_, "57014"), (_, "55P03"), (_, "25P03"): .busy
      case ("23", _): .constraint
      case ("08", _), ("53", _), ("57", _), ("58", _), ("XX", _): .io
      default: .statement
      }
    self.init(
      kind: kind, code: Int(sqlState, radix: 36) ?? 0, message: "\(message) (SQLSTATE \(sqlState))", sql: sql)
  }

  /// Whether the connection's user lacks the privilege.
  var isPermissionDenied: Bool { code == Int("42501", radix: 36) }

  /// Whether a prepared statement is invalid or missing.
  var isStalePlan: Bool { code == Int("0A000", radix: 36) || code == Int("26000", radix: 36) }
}
