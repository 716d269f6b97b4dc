/// The tables of the first release. Every tenant's table has `tenant_id` as the first column of its primary key; what
/// follows from a table beside its columns is declared in ``Tables``.
enum InitialSchema {}

extension Migration {
  /// All tables, made at once: nothing earlier was released. Once it is, it never changes, and later steps follow it.
  static let m001Initial = Migration(version: 1, name: "initial") { dialect in
    [
      InitialSchema.nodeTables, InitialSchema.nodeWorkTables, InitialSchema.sessionTables,
      InitialSchema.transcriptTables, InitialSchema.runTables, InitialSchema.toolTables, InitialSchema.mailTables,
      InitialSchema.eventTables,
      InitialSchema.cronTables,
      InitialSchema.accessTables, InitialSchema.pairingTables,
    ].flatMap { $0(dialect) }
  }
}
