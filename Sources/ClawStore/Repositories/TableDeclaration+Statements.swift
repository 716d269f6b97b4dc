import ClawJSON

/// The SQL derived from a declaration. `$1` is the tenant. The tests that check all texts check these, too.
extension TableDeclaration {
  private var keys: String { key.joined(separator: ", ") }

  /// Selects `$limit` rows that meet a condition, by key.
  private func some(where condition: String, limit: String) -> String {
    let columns = key.count == 1 ? keys : "(\(keys))"
    return
      "\(columns) IN (SELECT \(keys) FROM \(name) WHERE tenant_id = $1\(condition) ORDER BY \(keys) LIMIT \(limit))"
  }

  // MARK: - Erasing a tenant

  /// Removes `$2` rows; nil for a table that is small enough to be emptied in one statement.
  var removalOfSome: TenantStatement? {
    guard scope == .tenant, volume == .unlimited else { return nil }
    return TenantStatement(derived: "DELETE FROM \(name) WHERE tenant_id = $1 AND \(some(where: "", limit: "$2"))")
  }

  /// Removes all rows of a tenant.
  var removalOfAll: TenantStatement? {
    guard scope == .tenant else { return nil }
    return TenantStatement(derived: "DELETE FROM \(name) WHERE tenant_id = $1")
  }

  /// Removes all rows of a tenant from a node-wide table.
  var removalOfTenant: NodeStatement? {
    guard scope == .lookup else { return nil }
    return NodeStatement(derived: "DELETE FROM \(name) WHERE tenant_id = $1")
  }

  // MARK: - Erasing a user, `$2`

  /// Whether other tables hold parts of its rows: those rows are detached one by one.
  private var hasParts: Bool { Tables.all.contains { $0.part?.table.hasSameBytes(as: name) == true } }

  /// Whether a user has at most one row.
  private var isOnePerUser: Bool { key.count == 1 && key[0].hasSameBytes(as: "user_id") }

  private var owners: String? {
    let columns = users.compactMap { column -> String? in
      if case .owner(let name) = column { "\(name) = $2" } else { nil }
    }
    guard !columns.isEmpty, !hasParts else { return nil }
    return columns.count == 1 ? columns[0] : "(\(columns.joined(separator: " OR ")))"
  }

  /// Removes `$3` rows of a user, or the name from them, in a table that may have many.
  var removalsOfSomeOfUser: [TenantStatement] {
    guard scope == .tenant, volume == .unlimited, !isOnePerUser else { return [] }
    let removal = owners.map { owners in
      TenantStatement(
        derived: "DELETE FROM \(name) WHERE tenant_id = $1 AND \(some(where: " AND \(owners)", limit: "$3"))")
    }
    return [removal].compactMap(\.self)
      + mentions.map { mention in
        TenantStatement(
          derived: "UPDATE \(name) SET \(mention.column) = '' WHERE tenant_id = $1\(mention.indexed) AND "
            + some(where: " AND \(mention.column) = $2\(mention.indexed)", limit: "$3"))
      }
  }

  /// Removes the rows of a user, and the name from other users' rows, in a table with few.
  var removalsOfUser: [TenantStatement] {
    guard scope == .tenant, volume == .limited || isOnePerUser else { return [] }
    let removal = owners.map { TenantStatement(derived: "DELETE FROM \(name) WHERE tenant_id = $1 AND \($0)") }
    return [removal].compactMap(\.self)
      + mentions.map { mention in
        TenantStatement(
          derived: "UPDATE \(name) SET \(mention.column) = '' WHERE tenant_id = $1 AND \(mention.column) = $2")
      }
  }

  private var mentions: [(column: String, indexed: String)] {
    users.compactMap { column in
      guard case .mention(let name, let indexed) = column else { return nil }
      return (name, indexed.map { " AND \($0)" } ?? "")
    }
  }

  // MARK: - Exporting

  /// The columns that order the rows of an export.
  var cursor: [Column] {
    guard case .columns(let columns, _, _) = export else { return [] }
    let isByPart = part.map { part in key.first?.hasSameBytes(as: part.column) == true } ?? false
    return Array(columns.prefix(key.count - (isByPart ? 1 : 0)))
  }

  /// Reads rows of the owner `$2` after the cursor, whose values start at `$3`; the last parameter is the limit. Nil
  /// for a table that is not exported. The owner is the parent row, or a user; empty: all.
  var page: TenantStatement? {
    guard scope == .tenant, case .columns(let columns, _, let only) = export else { return nil }
    let owner =
      if let part { "\(part.column) = $2" } else if isOfUsers {
        "(CAST($2 AS TEXT) = '' OR user_id = CAST($2 AS TEXT))"
      } else { "CAST($2 AS TEXT) = ''" }
    let order = cursor.map(\.name).joined(separator: ", ")
    let start = cursor.enumerated().map { index, column in
      if case .number = column { "CAST($\(index + 3) AS BIGINT)" } else { "$\(index + 3)" }
    }.joined(separator: ", ")
    return TenantStatement(
      derived: """
        SELECT \(columns.map(\.name).joined(separator: ", ")) FROM \(name)
        WHERE tenant_id = $1 AND \(owner)\(only.map { " AND \($0)" } ?? "")
          AND \(cursor.count == 1 ? order : "(\(order))") > \(cursor.count == 1 ? start : "(\(start))")
        ORDER BY \(order) LIMIT $\(cursor.count + 3)
        """)
  }

  /// Whether its rows belong to users.
  var isOfUsers: Bool {
    users.contains { column in
      if case .owner(let name) = column { name.hasSameBytes(as: "user_id") } else { false }
    }
  }
}
