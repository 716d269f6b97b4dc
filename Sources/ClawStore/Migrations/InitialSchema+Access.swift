extension InitialSchema {
  /// Users, API keys and sealed secrets.
  static func accessTables(_ dialect: SQLDialect) -> [String] {
    [
      // A user can act without a row; a row restricts them. erased_at over 0: the user's data is being erased, this row
      // last, and they are not listed.
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
      // expires_at null: it does not expire. last_used_at and revoked_at 0: never.
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
      // value contains the id of its sealing key as well; the column key_id finds the rows to seal again after a key
      // change.
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

  /// Model providers set up by tenants.
  static func providerTables(_ dialect: SQLDialect) -> [String] {
    [
      // base_url is empty for the address of the gateway's provider or the vendor of this name. api_key is sealed, and
      // empty for none; key_id as in secrets.
      """
      CREATE TABLE providers (
        tenant_id TEXT NOT NULL,
        name TEXT NOT NULL,
        display_name TEXT NOT NULL,
        dialect TEXT NOT NULL,
        base_url TEXT NOT NULL,
        api_key TEXT NOT NULL,
        key_id TEXT NOT NULL,
        default_model TEXT NOT NULL,
        models TEXT NOT NULL,
        is_enabled BIGINT NOT NULL,
        created_at BIGINT NOT NULL,
        updated_at BIGINT NOT NULL,
        revision BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, name)
      )\(dialect.clustered)
      """
    ]
  }

  /// Paired devices and pending pairing requests.
  static func pairingTables(_ dialect: SQLDialect) -> [String] {
    [
      // Devices waiting for approval. sender_hash is the hash of channel and sender.
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

  /// Declarations of the tables of users, keys, secrets, providers and devices. `users` is first, and so erased last:
  /// its row marks a user whose data is being erased.
  static let accessDeclarations: [TableDeclaration] = [
    TableDeclaration(
      "users", .tenant, key: ["user_id"], .unlimited, users: [.owner("user_id")],
      export: .columns(
        [
          .text("user_id"), .text("name"), .text("role"), .number("is_disabled"), .number("created_at"),
          .number("updated_at"),
        ], hidden: ["revision", "erased_at"], only: "erased_at = 0")),
    TableDeclaration(
      "api_keys", .tenant, key: ["id"], users: [.owner("user_id"), .mention("created_by")],
      export: .columns(
        [
          .text("id"), .text("name"), .text("prefix"), .text("role"), .text("user_id"), .text("created_by"),
          .number("created_at"), .number("expires_at"), .number("last_used_at"), .number("revoked_at"),
        ], hidden: ["hash", "revision"])),
    TableDeclaration(
      "secrets", .tenant, key: ["name"],
      export: .columns([.text("name"), .number("updated_at")], hidden: ["value", "key_id"])),
    TableDeclaration(
      "providers", .tenant, key: ["name"],
      export: .columns(
        [
          .text("name"), .text("display_name"), .text("dialect"), .text("base_url"), .text("default_model"),
          .json("models"), .number("is_enabled"), .number("created_at"), .number("updated_at"),
        ], hidden: ["api_key", "key_id", "revision"])),
    TableDeclaration(
      "paired_devices", .tenant, key: ["device_id"], users: [.owner("user_id"), .mention("paired_by")],
      export: .columns(
        [
          .text("device_id"), .text("channel"), .text("chat_id"), .text("account_id"), .text("user_id"), .text("role"),
          .number("paired_at"), .text("paired_by"), .number("expires_at"),
        ], hidden: ["sender_hash"])),
    TableDeclaration(
      "pairing_requests", .tenant, key: ["device_id"], users: [.owner("user_id"), .owner("requested_by")],
      export: .nothing(because: "nobody has approved them, and they expire within the hour")),
  ]
}
