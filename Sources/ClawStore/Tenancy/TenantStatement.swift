/// A statement on a tenant's rows. `$1` is always the tenant, and only ``TenantTransaction`` can bind it; a test walks
/// all texts and fails if one names a table without binding the tenant.
struct TenantStatement: Sendable {
  private let text: String
  private let locking: String?

  /// - Parameter locks: Whether the rows are read to be changed later in the transaction: nobody else changes them
  ///   meanwhile.
  init(_ text: StaticString, locks: Bool = false) {
    self.text = text.description
    locking = locks ? text.description + SQLDialect.postgres.locking : nil
  }

  /// - Parameter derived: A text that was put together from names in ``Tables``; nothing else may get here.
  init(derived: String) {
    text = derived
    locking = nil
  }

  /// The text as an engine takes it.
  func text(_ dialect: SQLDialect) -> String {
    guard let locking, !dialect.locking.isEmpty else { return text }
    return locking
  }

  /// The same for several rows of the tenant.
  func repeated() -> RepeatedStatement { RepeatedStatement(text, shared: 1) }
}

/// A statement on node-wide tables, which hold nothing a person wrote.
struct NodeStatement: Sendable {
  private let text: String
  private let claiming: String?

  /// Stands where rows are claimed that are read in the midst of a statement.
  private static let mark = "/* claiming */"

  /// - Parameter claims: Whether the rows are read to be taken, against other nodes that do the same.
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

  /// The text as an engine takes it.
  func text(_ dialect: SQLDialect) -> String {
    guard let claiming, !dialect.claiming.isEmpty else { return text }
    return claiming
  }

  /// The same for several rows.
  func repeated() -> RepeatedStatement { RepeatedStatement(text, shared: 0) }
}
