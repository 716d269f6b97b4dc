/// The tables of the first release. Every tenant's table has `tenant_id` as the first column of its primary key.
enum InitialSchema {}

extension Migration {
  /// All tables, made at once: nothing earlier was released. Once it is, it never changes, and later steps follow it.
  static let m001Initial = Migration(version: 1, name: "initial") { dialect in
    InitialSchema.nodeTables(dialect) + InitialSchema.sessionTables(dialect) + InitialSchema.cronTables(dialect)
      + InitialSchema.accessTables(dialect)
  }
}
