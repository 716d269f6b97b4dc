extension Migration {
  /// Tenants with a name, their users, API keys, and sealed secrets.
  static let m004Tenancy = Migration(version: 4, name: "tenancy") { dialect in
    [
      // Node-wide, as the list of tenants is.
      "ALTER TABLE tenants ADD COLUMN name TEXT NOT NULL DEFAULT ''",
      "ALTER TABLE tenants ADD COLUMN status TEXT NOT NULL DEFAULT 'active'",
      "ALTER TABLE tenants ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0",
      "ALTER TABLE tenants ADD COLUMN revision BIGINT NOT NULL DEFAULT 1",
      // Node-wide: a key is shown before its tenant is known. Only its hash is here.
      """
      CREATE TABLE api_key_hashes (
        hash TEXT PRIMARY KEY,
        tenant_id TEXT NOT NULL,
        key_id TEXT NOT NULL
      )
      """,
      // A tenant's own. A user needs no row to be acted for; one that has a row is limited by it.
      """
      CREATE TABLE users (
        tenant_id TEXT NOT NULL,
        user_id TEXT NOT NULL,
        name TEXT NOT NULL,
        role TEXT NOT NULL,
        is_disabled BIGINT NOT NULL,
        created_at BIGINT NOT NULL,
        updated_at BIGINT NOT NULL,
        revision BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, user_id)
      )\(dialect.clustered)
      """,
      // expires_at null: it does not end. last_used_at and revoked_at 0: never.
      """
      CREATE TABLE api_keys (
        tenant_id TEXT NOT NULL,
        id TEXT NOT NULL,
        hash TEXT NOT NULL,
        name TEXT NOT NULL,
        prefix TEXT NOT NULL,
        role TEXT NOT NULL,
        user_id TEXT,
        created_by TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        expires_at BIGINT,
        last_used_at BIGINT NOT NULL,
        revoked_at BIGINT NOT NULL,
        revision BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, id)
      )\(dialect.clustered)
      """,
      // value holds the id of the key that sealed it, too: key_id finds what has to be sealed again.
      """
      CREATE TABLE secrets (
        tenant_id TEXT NOT NULL,
        name TEXT NOT NULL,
        value TEXT NOT NULL,
        key_id TEXT NOT NULL,
        updated_at BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, name)
      )\(dialect.clustered)
      """,
    ]
  }
}
