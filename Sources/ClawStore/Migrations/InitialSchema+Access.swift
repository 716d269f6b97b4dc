extension InitialSchema {
  /// Users, API keys, sealed secrets and paired devices.
  static func accessTables(_ dialect: SQLDialect) -> [String] {
    [
      // A user needs no row to be acted for; one that has a row is limited by it. erased_at over 0: all that they have is
      // being removed, this row last, and they are in no list.
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
        erased_at BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, user_id)
      )\(dialect.clustered)
      """,
      "CREATE INDEX users_erased ON users (tenant_id, user_id) WHERE erased_at > 0",
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
      // Devices that wait to be let in. sender_hash stands for channel and sender together.
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
