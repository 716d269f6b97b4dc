extension Migration {
  /// Devices that wait to be let in, and those that were.
  static let m002Pairing = Migration(version: 2, name: "pairing") { dialect in
    [
      // Node-wide: a secret is shown before its tenant is known. Only its hash is here.
      """
      CREATE TABLE device_credentials (
        hash TEXT PRIMARY KEY,
        tenant_id TEXT NOT NULL,
        device_id TEXT NOT NULL
      )
      """,
      // A tenant's own. sender_hash stands for channel and sender together.
      """
      CREATE TABLE pairing_requests (
        tenant_id TEXT NOT NULL,
        device_id TEXT NOT NULL,
        code TEXT NOT NULL,
        sender_hash TEXT NOT NULL,
        channel TEXT NOT NULL,
        chat_id TEXT NOT NULL,
        account_id TEXT NOT NULL,
        user_id TEXT,
        remote TEXT NOT NULL,
        requested_by TEXT,
        created_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, device_id),
        UNIQUE (tenant_id, code)
      )\(dialect.clustered)
      """,
      "CREATE INDEX pairing_requests_by_sender ON pairing_requests (tenant_id, sender_hash)",
      "CREATE INDEX pairing_requests_by_remote ON pairing_requests (tenant_id, remote)",
      "CREATE INDEX pairing_requests_by_time ON pairing_requests (tenant_id, expires_at)",
      """
      CREATE TABLE paired_devices (
        tenant_id TEXT NOT NULL,
        device_id TEXT NOT NULL,
        sender_hash TEXT NOT NULL,
        channel TEXT NOT NULL,
        chat_id TEXT NOT NULL,
        account_id TEXT NOT NULL,
        user_id TEXT NOT NULL,
        role TEXT NOT NULL,
        paired_at BIGINT NOT NULL,
        paired_by TEXT NOT NULL,
        expires_at BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, device_id),
        UNIQUE (tenant_id, sender_hash)
      )\(dialect.clustered)
      """,
      "CREATE INDEX paired_devices_by_time ON paired_devices (tenant_id, expires_at)",
    ]
  }
}
