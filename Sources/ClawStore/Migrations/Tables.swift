import ClawJSON

/// Every table of the schema. Each is declared beside its `CREATE TABLE`, those with parts before the parts. A test reads
/// the schema of a fresh database and fails on a table, a user's column or an exported table's column that is not
/// declared.
enum Tables {
  static let all: [TableDeclaration] = ofTenants + InitialSchema.nodeDeclarations

  /// Erased from the last to the first, exported from the first to the last.
  static let ofTenants =
    InitialSchema.accessDeclarations + InitialSchema.cronDeclarations + InitialSchema.sessionDeclarations
}
