/// Properties of a table beside its columns: who owns its rows, how they are erased, and what an export contains. Each
/// table is declared once, in ``Tables``; ``Erasure``, ``Export`` and ``RowPolicies`` derive from that.
struct TableDeclaration: Sendable {
  /// The owner of the rows.
  enum Scope: Sendable {
    /// Tenant table: `tenant_id` is the first column of the primary key, protected by row-level security.
    case tenant
    /// Node-wide, because it is read before a tenant is known or across tenants. Its column `tenant_id` names the owner
    /// of a row; it holds no user text.
    case lookup
    /// The gateway's own; its rows belong to no tenant.
    case node
  }

  /// How many rows a tenant may have.
  enum Volume: Sendable {
    /// Bounded by a limit on what users may create: erased in one statement.
    case limited
    /// Grows with use: erased in batches.
    case unlimited
  }

  /// A column that names a user, and what happens to the row when that user is erased.
  enum UserColumn: Sendable {
    /// The user owns the row, and it is removed.
    case owner(String)
    /// Another user owns the row; it stays and the name is removed. `indexed` is the condition of the partial index
    /// that finds such rows in a large table.
    case mention(String, indexed: String? = nil)
    /// The row is part of another table's row, and is removed with it; see ``part``.
    case part(String)

    var name: String {
      switch self {
      case .owner(let name), .mention(let name, _), .part(let name): name
      }
    }
  }

  /// The table of which these rows are parts: erased after its rows, exported following them.
  struct Part: Sendable {
    let table: String
    /// The column with the id of the parent row.
    let column: String
  }

  /// What an export contains of a row.
  enum Exported: Sendable {
    /// These columns, starting with those of the primary key, which order the rows (without ``Part/column``); the
    /// others are `hidden`. `only` is an SQL condition.
    case columns([Column], hidden: [String] = [], only: String? = nil)
    /// Nothing, with the reason.
    case nothing(because: String)
  }

  /// A column of an export.
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
  /// The primary key; for a tenant table without `tenant_id`.
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
