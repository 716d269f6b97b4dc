extension InitialSchema {
  /// Node-wide tables: used across tenants, or needed before a tenant is known. They hold no user text. First, the
  /// installation's tenants and their work queue.
  static func nodeTables(_ dialect: SQLDialect) -> [String] {
    [
      // Internal state of the gateway, by name.
      """
      CREATE TABLE node_state (
        name TEXT PRIMARY KEY,
        value TEXT NOT NULL
      )
      """,
      // secrets_version is incremented with each change of a secret or of a provider's key, so that every node notices.
      // providers_version is the number of the last change of its providers, counted over all tenants; 0 for none.
      """
      CREATE TABLE tenants (
        tenant_id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        status TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        updated_at BIGINT NOT NULL,
        revision BIGINT NOT NULL,
        secrets_version BIGINT NOT NULL,
        providers_version BIGINT NOT NULL
      )
      """,
      "CREATE INDEX tenants_by_providers ON tenants (providers_version) WHERE providers_version > 0",
      // Queued and running runs; the rows of one session are its mailbox. is_head 1: the row of its mailbox that may be
      // claimed. is_head 2: parked, it waits for a decision, a child or a date, and does not block the rows behind it.
      // due_at 0: now. It is set only for a run that has to wait for a time, so that a clock that is set back delays
      // nothing else.
      """
      CREATE TABLE work_queue (
        id TEXT PRIMARY KEY,
        tenant_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        mailbox TEXT NOT NULL,
        position BIGINT NOT NULL,
        lane TEXT NOT NULL,
        due_at BIGINT NOT NULL,
        lease_until BIGINT NOT NULL,
        owner TEXT NOT NULL,
        fence BIGINT NOT NULL,
        user_hash TEXT NOT NULL,
        is_head BIGINT NOT NULL
      )\(dialect.clustered)
      """,
      "CREATE UNIQUE INDEX work_queue_by_mailbox ON work_queue (mailbox, position)",
      "CREATE INDEX work_queue_by_tenant ON work_queue (tenant_id, is_head, mailbox)",
      // Used by a claim, which rotates over tenants and users. Renewing a lease changes no column of it, so PostgreSQL
      // updates no index.
      "CREATE INDEX work_queue_heads ON work_queue (lane, tenant_id, user_hash, id) WHERE is_head = 1",
      // Rows behind a head; together with the index above, a lane's rows can be counted up to a limit without reading
      // them all.
      "CREATE INDEX work_queue_behind ON work_queue (lane) WHERE is_head = 0",
      // Parked rows: read only by the query for those that are due.
      "CREATE INDEX work_queue_parked ON work_queue (lane, due_at) WHERE is_head = 2",
      // Rows that have or had an owner: few, however long the queue.
      "CREATE INDEX work_queue_owned ON work_queue (tenant_id, owner) WHERE owner > ''",
    ]
  }

  /// Other state shared by the nodes: leases, due jobs, hashes of credentials.
  static func nodeWorkTables(_ dialect: SQLDialect) -> [String] {
    [
      // Leases on work that one node does for all: owner and expiry.
      """
      CREATE TABLE node_leases (
        name TEXT PRIMARY KEY,
        owner TEXT NOT NULL,
        lease_until BIGINT NOT NULL
      )
      """,
      // Deleted objects whose rows are still to be removed in batches; see Removal. subject is an id or a hash, never
      // user text.
      """
      CREATE TABLE removals (
        tenant_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        subject TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, kind, subject)
      )
      """,
      // Due jobs, looked up across tenants. lease_until: when the lease of the node that decides on the slot expires.
      """
      CREATE TABLE cron_due (
        job_id TEXT PRIMARY KEY,
        tenant_id TEXT NOT NULL,
        due_at BIGINT NOT NULL,
        lease_until BIGINT NOT NULL
      )
      """,
      "CREATE INDEX cron_due_by_time ON cron_due (due_at, job_id)",
      // Credentials are presented before their tenant is known. Only the hash is stored here.
      """
      CREATE TABLE device_credentials (
        hash TEXT PRIMARY KEY,
        tenant_id TEXT NOT NULL,
        device_id TEXT NOT NULL
      )
      """,
      """
      CREATE TABLE api_key_hashes (
        hash TEXT PRIMARY KEY,
        tenant_id TEXT NOT NULL,
        key_id TEXT NOT NULL
      )
      """,
      // The last transaction of each worker of each node: tells whether a transaction whose COMMIT got no answer was
      // committed.
      """
      CREATE TABLE commit_marks (
        worker TEXT PRIMARY KEY,
        mark BIGINT NOT NULL,
        marked_at BIGINT NOT NULL
      )
      """,
    ]
  }

  /// Declarations of the node-wide tables.
  static let nodeDeclarations: [TableDeclaration] = [
    TableDeclaration(
      "tenants", .lookup, key: ["tenant_id"],
      export: .nothing(because: "the exporter writes the tenant's own row, ahead of all tables")),
    TableDeclaration(
      "work_queue", .lookup, key: ["id"], .unlimited, part: .init(table: "sessions", column: "mailbox"),
      export: .nothing(because: "it repeats the runs that have not ended")),
    TableDeclaration(
      "removals", .lookup, key: ["tenant_id", "kind", "subject"], .unlimited,
      export: .nothing(because: "it lists what is gone already")),
    TableDeclaration(
      "cron_due", .lookup, key: ["job_id"], .unlimited, part: .init(table: "cron_jobs", column: "job_id"),
      export: .nothing(because: "it repeats the next time of each job")),
    TableDeclaration(
      "device_credentials", .lookup, key: ["hash"],
      export: .nothing(because: "it holds hashes of what lets devices in")),
    TableDeclaration(
      "api_key_hashes", .lookup, key: ["hash"], export: .nothing(because: "it holds hashes of API keys")),
    TableDeclaration("node_state", .node, key: ["name"], export: .nothing(because: "it is about the gateway alone")),
    TableDeclaration("node_leases", .node, key: ["name"], export: .nothing(because: "it is about the nodes alone")),
    TableDeclaration("commit_marks", .node, key: ["worker"], export: .nothing(because: "it is about the nodes alone")),
  ]
}
