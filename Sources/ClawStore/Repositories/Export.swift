import ClawCore
import ClawJSON

/// Reads the data of a tenant or a user as JSON, a page at a time. Secrets, their hashes and internal state are left
/// out. The exported columns are declared in ``Tables``.
public struct Export {
  /// An exported table. The rows of some belong to one session or job.
  public struct Table: Sendable, CustomStringConvertible {
    public let name: String
    /// The table whose rows these are parts of.
    public let parent: String?
    /// Whether its rows belong to users.
    public let isOfUsers: Bool
    let columns: [TableDeclaration.Column]
    /// The first columns, which order the rows.
    let cursor: [TableDeclaration.Column]
    let page: TenantStatement

    /// All exported tables, parents before their parts.
    public static let all: [Table] = Tables.ofTenants.compactMap(Table.init)

    public var description: String { name }

    private init?(_ table: TableDeclaration) {
      guard case .columns(let columns, _, _) = table.export, let page = table.page else { return nil }
      name = table.name
      parent = table.part?.table
      isOfUsers = table.isOfUsers || table.part != nil
      self.columns = columns
      cursor = table.cursor
      self.page = page
    }

    /// The tables with parts of this one's rows.
    public var parts: [Table] { Self.all.filter { $0.parent?.hasSameBytes(as: name) == true } }

    /// The values of a cursor, whose parts are separated by slashes; the last one may contain any text.
    fileprivate func start(after text: String?) -> [SQLValue] {
      let parts = (text ?? "").split(at: "/", maxSplits: cursor.count - 1, omittingEmpty: false)
      return cursor.enumerated().map { index, column in
        let part = parts.count == cursor.count ? String(parts[index]) : ""
        guard case .number = column else { return .text(part) }
        return .integer(Int64(part) ?? .min)
      }
    }

    fileprivate func cursor(at row: any SQLRow) -> String {
      cursor.enumerated().map { index, column in
        if case .number = column { String(row.integer(Int32(index))) } else { row.text(Int32(index)) }
      }.joined(separator: "/")
    }
  }

  let transaction: TenantTransaction

  /// A page of a table.
  /// - Parameters:
  ///   - owner: A user, or the session or job whose parts to read; empty for all users.
  ///   - cursor: The previous page's cursor; nil for the first.
  /// - Returns: nil as cursor after the last page.
  public func page(
    of table: Table, owner: String, after cursor: String?, limit: Int
  ) throws -> (rows: [JSONObject], cursor: String?) {
    let parameters = [.text(owner)] + table.start(after: cursor) + [.int(limit)]
    let rows = try transaction.query(table.page, parameters) { row in
      (table.cursor(at: row), JSONObject(table.columns.enumerated().map { $0.element.read(row, Int32($0.offset)) }))
    }
    return (rows.map { $0.1 }, rows.count == limit ? rows.last?.0 : nil)
  }
}

extension TableDeclaration.Column {
  fileprivate func read(_ row: any SQLRow, _ index: Int32) -> (String, JSONValue) {
    switch self {
    case .text(let name): (name, row.optionalText(index).map { .string($0) } ?? .null)
    case .number(let name): (name, row.isNull(index) ? .null : .integer(row.integer(index)))
    case .json(let name): (name, row.optionalText(index).flatMap { try? JSONValue(parsing: $0) } ?? .null)
    }
  }
}

extension TenantTransaction {
  public var export: Export { Export(transaction: self) }
}
