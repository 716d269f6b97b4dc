import Foundation
import Testing

@testable import ClawStore

@Suite("L25: the texts of all statements")
struct TenancyTextTests {
  /// Node-wide tables, which are needed before a tenant is known; they hold no user text.
  private static let nodeWide = RowPolicies.nodeWide

  private static let tables: [(name: String, text: String)] = Migration.all.flatMap { $0.statements(.sqlite) }
    .compactMap { text in
      text.firstMatch(of: /CREATE TABLE (\w+)/).map { (String($0.1), text) }
    }

  @Test("are found where they are looked for")
  func found() {
    #expect(StatementTexts.tenant.count >= 40)
    #expect(StatementTexts.node.count >= 15)
    // Every construction of a statement was parsed.
    let made = StatementTexts.files(below: "ClawStore").values.reduce(0) { sum, text in
      sum + text.matches(of: /[=,\[]\s+(?:Tenant|Node)Statement\(/).count
    }
    let derived = StatementTexts.derivedForTenants.count + StatementTexts.derivedForNode.count
    #expect(derived >= 50)
    #expect(StatementTexts.tenant.count + StatementTexts.node.count - derived == made)
  }

  @Test("bind the tenant once for each table that they name", arguments: StatementTexts.tenant)
  func bindsTenant(_ statement: StatementTexts.Statement) {
    let text = statement.text
    let reads = text.matches(of: /(?:FROM|JOIN) (\w+)/).map { String($0.1) }
    let updates = text.matches(of: /^UPDATE (\w+)/).map { String($0.1) }
    let inserts = text.matches(of: /INSERT INTO (\w+)\s*\(tenant_id,[^)]*\)\s*VALUES \(\$1,/)
    let allInserts = text.matches(of: /INSERT INTO/)
    #expect(inserts.count == allInserts.count, "an insert puts another value than $1 into tenant_id")
    let filters = text.matches(of: /(?:WHERE|AND|ON) (?:\w+\.)?tenant_id = \$1\b/)
    #expect(filters.count == reads.count + updates.count)
    #expect(reads.count + updates.count + inserts.count > 0)
    // The queue may be joined with a tenant table if each binds the tenant by its own name.
    let ofNode = Self.nodeWide.intersection(reads + updates)
    if !ofNode.isEmpty {
      #expect(ofNode == ["work_queue"] && updates.isEmpty && Set(reads).count > 1)
      for table in reads {
        #expect(text.contains("WHERE \(table).tenant_id = $1") || text.contains("AND \(table).tenant_id = $1"))
      }
    }
    // A condition that is one of several alternatives is not a filter.
    for alternative in text.matches(of: /\bOR\b/) {
      let before = text[..<alternative.range.lowerBound]
      #expect(before.count { $0 == "(" } > before.count { $0 == ")" }, "an OR that is not in brackets")
    }
  }

  @Test("of the node touch no table with tenants' content", arguments: StatementTexts.node)
  func nodeStatements(_ statement: StatementTexts.Statement) {
    let named = statement.text.matches(of: /(?:FROM|JOIN|INTO|\bUPDATE) (?!SET\b)(\w+)/).map { String($0.1) }
    // Common table expressions (WITH name AS …) consist of the others.
    let own = statement.text.matches(of: /(\w+)(?: \([\w, ]*\))? AS (?:MATERIALIZED )?\(/).map { String($0.1) }
    #expect(!named.isEmpty)
    #expect(Set(own).isDisjoint(with: Self.tables.map(\.name)), "a name that hides a table")
    #expect(Set(named).subtracting(own).isSubset(of: Self.nodeWide))
  }

  @Test("make tables whose key begins with the tenant, but for those of the node")
  func tables() {
    #expect(Self.tables.count >= 9)
    for table in Self.tables where !Self.nodeWide.contains(table.name) {
      #expect(table.text.contains(#/\(\s*tenant_id TEXT NOT NULL,/#), "\(table.name): tenant_id comes first")
      #expect(table.text.contains(#/PRIMARY KEY \(tenant_id, /#), "\(table.name)")
      for unique in table.text.matches(of: /UNIQUE \((\w+)/) { #expect(unique.1 == "tenant_id", "\(table.name)") }
    }
    // No column of a node-wide table can hold user text.
    for table in Self.tables where Self.nodeWide.contains(table.name) && table.name != "node_state" {
      #expect(!table.text.contains(/\b(body|text|label|key|content|user_id|prompt)\b TEXT/), "\(table.name)")
    }
  }

  @Test("are indexed by tenant where their table is a tenant's")
  func indexes() {
    let indexes = Migration.all.flatMap { $0.statements(.sqlite) }
      .compactMap { $0.firstMatch(of: /CREATE (?:UNIQUE )?INDEX \w+ ON (\w+) \((\w+)/) }
    #expect(!indexes.isEmpty)
    for index in indexes where !Self.nodeWide.contains(String(index.1)) {
      #expect(index.2 == "tenant_id", "\(index.0)")
    }
  }

  /// Deletes without a limit, bounded otherwise than by the tenant's amount of data.
  private static let boundedRemovals: [(file: String, text: String)] = [
    // Up to a position that is `RowRemoval.batch` rows away, or the caller's limit.
    ("Repositories/RowRemoval.swift", ""), ("Repositories/EventRepository.swift", "seq < $3"),
    // At the end, when large tables are empty.
    ("Repositories/Erasure.swift", ""),
    // Of one mailbox, whose size is limited.
    ("Repositories/WorkQueue.swift", "WHERE mailbox = $1"),
    // The number of a tenant's keys is limited.
    ("Repositories/APIKeyRepository.swift", "revoked_at > 0"),
    // The number of nodes started in a day.
    ("Repositories/NodeState.swift", "FROM commit_marks"),
    // At startup after a power failure, before serving.
    ("Repositories/EventRepository.swift", "DELETE FROM events WHERE tenant_id = $1"),
  ]

  @Test("remove one row, or a bounded number of them", arguments: StatementTexts.tenant + StatementTexts.node)
  func boundedRemovals(_ statement: StatementTexts.Statement) throws {
    let text = statement.text
    guard let name = text.firstMatch(of: /^DELETE FROM (\w+)/)?.1, !text.contains("LIMIT $") else { return }
    let table = try #require(Self.tables.first { $0.name == name }?.text)
    let keys = table.matches(of: /(?:PRIMARY KEY|UNIQUE) \(([\w, ]+)\)/).map { $0.1.split(separator: ", ") }
    let own = table.matches(of: /(\w+) TEXT PRIMARY KEY/).map { [$0.1] }
    let isOneRow = (keys + own).contains { key in key.allSatisfy { text.contains(" \($0) = $") } }
    let isBounded = Self.boundedRemovals.contains { file, part in
      statement.file == file && (part.isEmpty || text.contains(part))
    }
    #expect(isOneRow || isBounded)
  }

  @Test("are in ClawStore alone, and there in the repositories and migrations")
  func sqlOnce() {
    let sql = /\b(?:SELECT\s+[\w*,. ]+\s+FROM|INSERT INTO|UPDATE \w+ SET|DELETE FROM|CREATE (?:TABLE|INDEX))\b/
    // Differences between the engines are in the dialect.
    let allowed = [
      "ClawStore/Repositories/", "ClawStore/Migrations/", "ClawStore/Database/SQLDialect.swift",
      "ClawStore/Maintenance/InstallationCopy.swift", "ClawStore/Maintenance/ServerFacts.swift",
    ]
    let files = StatementTexts.files(below: "")
    #expect(files.count > 50)
    for (name, text) in files where text.contains(sql) {
      #expect(allowed.contains { name.hasPrefix($0) }, "\(name) has SQL of its own")
    }
  }
}
