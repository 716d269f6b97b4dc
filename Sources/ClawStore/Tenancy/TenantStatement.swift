/// A statement on a tenant's rows. `$1` is always the tenant, and only ``TenantTransaction`` can bind it; a test walks
/// all texts and fails if one names a table without binding the tenant.
struct TenantStatement: Sendable {
  let text: String

  init(_ text: StaticString) {
    self.text = text.description
  }
}

/// An insert of one row or of several at once.
struct RepeatedStatement: Sendable {
  /// Rows that go into one statement; more of them take more statements.
  static let maxRows = 16
  /// For one row, for two, and so on.
  private let texts: [String]

  fileprivate init(_ text: String, shared: Int) {
    let opening = "VALUES ("
    let (head, rest) = text.split(at: opening)
    let (row, end) = rest.split(at: ")")
    let count = row.count { $0 == "$" }
    texts = (1...Self.maxRows).map { rows in
      let values = (0..<rows).map { place in
        (1...count).map { "$\($0 <= shared ? $0 : $0 + place * (count - shared))" }.joined(separator: ", ")
      }
      return head + opening + values.joined(separator: "), (") + ")" + end
    }
  }

  func text(rows: Int) -> String { texts[rows - 1] }
}

extension TenantStatement {
  /// The same for several rows.
  /// - Parameter shared: How many of the parameters, from the first one on, are the same in all of them.
  func repeated(shared: Int) -> RepeatedStatement { RepeatedStatement(text, shared: shared) }
}

extension String {
  /// What stands before and behind the first occurrence of a text.
  fileprivate func split(at separator: String) -> (String, String) {
    guard let place = firstRange(of: separator) else { return (self, "") }
    return (String(self[..<place.lowerBound]), String(self[place.upperBound...]))
  }
}

/// A statement on node-wide tables, which hold nothing a person wrote.
struct NodeStatement: Sendable {
  private let text: String
  private let claiming: String?

  /// - Parameter claims: Whether the rows are read to be taken, against other nodes that do the same.
  init(_ text: StaticString, claims: Bool = false) {
    self.text = text.description
    claiming = claims ? text.description + SQLDialect.postgres.claiming : nil
  }

  /// The text as an engine takes it.
  func text(_ dialect: SQLDialect) -> String {
    guard let claiming, !dialect.claiming.isEmpty else { return text }
    return claiming
  }
}
