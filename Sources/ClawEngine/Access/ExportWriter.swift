import ClawCore
import ClawJSON
import ClawStore

/// Exports the data of a tenant or a user as JSON lines: `{"table":"sessions","row":{…}}`. Each page is a snapshot of
/// its own, so an export never blocks writers.
struct ExportWriter: Sendable {
  private static let pageSize = 200

  let store: TenantDatabase

  private struct Stopped: Error {}

  /// - Parameters:
  ///   - tenant: Written first; nil to leave it out.
  ///   - user: Nil for all users and the tenant's own data.
  func write(_ tenant: Tenant?, of user: UserID?, to sink: ExportSink) async throws {
    do {
      if let tenant {
        let row: JSONObject = [
          "id": .string(tenant.id.rawValue), "name": .string(tenant.name), "status": .string(tenant.status.rawValue),
          "created_at": .integer(tenant.createdAt.milliseconds),
        ]
        try await put("tenants", [row], sink)
      }
      for table in Export.Table.all where table.parent == nil && (user == nil || table.isOfUsers) {
        try await write(table, owner: user?.rawValue ?? "", sink)
      }
    } catch is Stopped {
      return
    }
  }

  private func write(_ table: Export.Table, owner: String, _ sink: ExportSink) async throws {
    var cursor: String?
    repeat {
      let after = cursor
      let page = try await store.read { transaction in
        try transaction.export.page(of: table, owner: owner, after: after, limit: Self.pageSize)
      }
      for row in page.rows {
        try await put(table.name, [row], sink)
        guard let id = row["id"]?.stringValue else { continue }
        for part in table.parts { try await write(part, owner: id, sink) }
      }
      cursor = page.cursor
    } while cursor != nil
  }

  private func put(_ table: String, _ rows: [JSONObject], _ sink: ExportSink) async throws {
    for row in rows {
      let line: JSONValue = ["table": .string(table), "row": .object(row)]
      guard try await sink(line.serializedString()) else { throw Stopped() }
    }
  }
}
