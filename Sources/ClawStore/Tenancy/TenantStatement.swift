/// A statement on a tenant's rows. `$1` is always the tenant, and only ``TenantTransaction`` can bind it; a test checks
/// all texts and fails if one names a table without binding the tenant.
struct TenantStatement: Sendable {
  private let text: String
  private let locking: String?

  /// - Parameter locks: Whether to lock the rows, because they are updated later in the transaction.
  init(_ text: StaticString, locks: Bool = false) {
    self.text = text.description
    locking = locks ? text.description + SQLDialect.postgres.locking : nil
  }

  /// - Parameter derived: SQL composed from names in ``Tables``; never pass anything else.
  init(derived: String) {
    text = derived
    locking = nil
  }

  /// The text in an engine's dialect.
  func text(_ dialect: SQLDialect) -> String {
    guard let locking, !dialect.locking.isEmpty else { return text }
    return locking
  }

  /// The multi-row form of an insert.
  func repeated() -> RepeatedStatement { RepeatedStatement(text, shared: 1) }
}

/// A statement on node-wide tables, which hold no user text.
struct NodeStatement: Sendable {
  private let text: String
  private let claiming: String?

  /// Placeholder for the claiming clause inside a statement.
  private static let mark = "/* claiming */"

  /// - Parameter claims: Whether to claim the rows against other nodes.
  init(_ text: StaticString, claims: Bool = false) {
    self.text = text.description
    guard claims else {
      claiming = nil
      return
    }
    let claiming = SQLDialect.postgres.claiming
    if let place = self.text.firstRange(of: Self.mark) {
      self.claiming = String(self.text[..<place.lowerBound]) + claiming + String(self.text[place.upperBound...])
    } else {
      self.claiming = self.text + claiming
    }
  }

  /// - Parameter derived: As in ``TenantStatement``.
  init(derived: String) {
    text = derived
    claiming = nil
  }

  /// The text in an engine's dialect.
  func text(_ dialect: SQLDialect) -> String {
    guard let claiming, !dialect.claiming.isEmpty else { return text }
    return claiming
  }

  /// The multi-row form of an insert.
  func repeated() -> RepeatedStatement { RepeatedStatement(text, shared: 0) }
}
