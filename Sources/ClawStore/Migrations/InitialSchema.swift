/// The schema of the first release. Every tenant table has `tenant_id` as the first column of its primary key; further
/// properties of a table are declared in ``Tables``.
enum InitialSchema {}

extension Migration {
  /// All tables, in one step, since nothing was released before. After the release it never changes; later migrations
  /// follow it.
  static let m001Initial = Migration(version: 1, name: "initial") { dialect in
    [
      InitialSchema.nodeTables, InitialSchema.nodeWorkTables, InitialSchema.sessionTables,
      InitialSchema.transcriptTables, InitialSchema.runTables, InitialSchema.toolTables, InitialSchema.mailTables,
      InitialSchema.eventTables, InitialSchema.budgetTables,
      InitialSchema.cronTables,
      InitialSchema.accessTables, InitialSchema.providerTables, InitialSchema.pairingTables, InitialSchema.mediaTables,
    ].flatMap { $0(dialect) }
  }
}
