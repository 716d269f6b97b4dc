extension InitialSchema {
  /// Images, files and recordings; their bytes are in files, see MediaFolder.
  static func mediaTables(_ dialect: SQLDialect) -> [String] {
    [
      // A row is one reference to a file, from a session or from nothing yet (session_id ''). Users and sessions with
      // the same bytes have rows of their own and share one file, which is removed after the last of them.
      """
      CREATE TABLE media (
        tenant_id TEXT NOT NULL,
        id TEXT NOT NULL,
        user_id TEXT NOT NULL,
        session_id TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        type TEXT NOT NULL,
        size BIGINT NOT NULL,
        created_at BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, id)
      )\(dialect.clustered)
      """,
      "CREATE INDEX media_by_file ON media (tenant_id, sha256, id, size)",
      "CREATE INDEX media_by_session ON media (tenant_id, session_id, id) WHERE session_id <> ''",
      "CREATE INDEX media_by_user ON media (tenant_id, user_id, id)",
      "CREATE INDEX media_unused ON media (tenant_id, created_at, id) WHERE session_id = ''",
    ]
  }

  /// Declarations of the table of media.
  static let mediaDeclarations: [TableDeclaration] = [
    TableDeclaration(
      "media", .tenant, key: ["id"], .unlimited, users: [.owner("user_id")],
      export: .columns([
        .text("id"), .text("user_id"), .text("session_id"), .text("sha256"), .text("type"), .number("size"),
        .number("created_at"),
      ]))
  ]
}
