/// What follows from a table beside its columns: whose its rows are, what removes them, and what an export shows of
/// them. A table is declared once, in ``Tables``; ``Erasure``, ``Export`` and ``RowPolicies`` go by that.
struct TableDeclaration: Sendable {
  /// Whose the rows are.
  enum Scope: Sendable {
    /// One tenant's: `tenant_id` is the first column of the primary key, and row-level security guards it.
    case tenant
    /// Node-wide, because it is read before a tenant is known or across tenants. Its column `tenant_id` says whose a
    /// row is; nothing in it was written by a person.
    case lookup
    /// The gateway's own; no row belongs to a tenant.
    case node
  }

  /// How many rows a tenant may have.
  enum Volume: Sendable {
    /// Bounded by a limit on what people may make: erased in one statement.
    case limited
    /// Grows with use: erased a batch at a time.
    case unlimited
  }

  /// A column that names a user, and what becomes of the row when that user is erased.
  enum UserColumn: Sendable {
    /// The row is the user's, and is removed.
    case owner(String)
    /// The row is somebody else's, and stays without the name. `indexed` is the condition of the partial index that
    /// finds such rows in a large table.
    case mention(String, indexed: String? = nil)
    /// The row is part of another table's, and goes with it; see ``part``.
    case part(String)

    var name: String {
      switch self {
      case .owner(let name), .mention(let name, _), .part(let name): name
      }
    }
  }

  /// Which rows these are the parts of: removed after them, exported behind them.
  struct Part: Sendable {
    let table: String
    /// The column that holds the id of the other row.
    let column: String
  }

  /// What an export shows of a row.
  enum Exported: Sendable {
    /// These columns, first those of the primary key that order the rows (without ``Part/column``); the others are
    /// `hidden`. `only` is a condition in SQL.
    case columns([Column], hidden: [String] = [], only: String? = nil)
    /// Nothing, with the reason.
    case nothing(because: String)
  }

  /// A column as it stands in an export.
  enum Column: Sendable {
    case text(String)
    case number(String)
    /// Text that holds JSON.
    case json(String)

    var name: String {
      switch self {
      case .text(let name), .number(let name), .json(let name): name
      }
    }
  }

  let name: String
  let scope: Scope
  /// The primary key, of a tenant's table without `tenant_id`.
  let key: [String]
  let volume: Volume
  let part: Part?
  let users: [UserColumn]
  let export: Exported

  init(
    _ name: String, _ scope: Scope, key: [String], _ volume: Volume = .limited, part: Part? = nil,
    users: [UserColumn] = [], export: Exported
  ) {
    self.name = name
    self.scope = scope
    self.key = key
    self.volume = volume
    self.part = part
    self.users = users
    self.export = export
  }
}
