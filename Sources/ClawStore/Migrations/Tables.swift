import ClawJSON

/// Every table of the schema. Each is declared next to its `CREATE TABLE`, parents before their parts. A test reads the
/// schema of a fresh database and fails on a table, a user column or an exported table's column that is not declared.
enum Tables {
  static let all: [TableDeclaration] = ofTenants + InitialSchema.nodeDeclarations

  /// Erased from last to first, exported from first to last.
  static let ofTenants =
    InitialSchema.accessDeclarations + InitialSchema.cronDeclarations + InitialSchema.sessionDeclarations
    + InitialSchema.budgetDeclarations + InitialSchema.mediaDeclarations
}
