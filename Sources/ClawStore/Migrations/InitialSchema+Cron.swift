extension InitialSchema {
  /// Scheduled jobs and the ledger of their slots.
  static func cronTables(_ dialect: SQLDialect) -> [String] {
    [
      // next_at null: disabled. finished_at over 0: a one-time job that has fired, and may be replaced by another.
      """
      CREATE TABLE cron_jobs (
        tenant_id TEXT NOT NULL,
        id TEXT NOT NULL,
        user_id TEXT NOT NULL,
        name TEXT NOT NULL,
        agent_key TEXT NOT NULL,
        schedule TEXT NOT NULL,
        message TEXT NOT NULL,
        deliver BIGINT NOT NULL,
        channel TEXT,
        target TEXT,
        misfire TEXT NOT NULL,
        next_at BIGINT,
        finished_at BIGINT NOT NULL,
        last_run_at BIGINT,
        last_run_id TEXT,
        last_status TEXT,
        last_error TEXT,
        created_at BIGINT NOT NULL,
        updated_at BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, id)
      )
      """,
      "CREATE INDEX cron_jobs_by_user ON cron_jobs (tenant_id, user_id, id)",
      // One row for each slot of a job, whatever its outcome: no slot runs twice.
      """
      CREATE TABLE cron_slots (
        tenant_id TEXT NOT NULL,
        job_id TEXT NOT NULL,
        slot_at BIGINT NOT NULL,
        outcome TEXT NOT NULL,
        run_id TEXT,
        decided_at BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, job_id, slot_at)
      )\(dialect.clustered)
      """,
      "CREATE INDEX cron_slots_by_time ON cron_slots (tenant_id, slot_at)",
    ]
  }

  /// Declarations of the tables of jobs.
  static let cronDeclarations: [TableDeclaration] = [
    TableDeclaration(
      "cron_jobs", .tenant, key: ["id"], .unlimited, users: [.owner("user_id")],
      export: .columns(
        [
          .text("id"), .text("user_id"), .text("name"), .text("agent_key"), .json("schedule"), .text("message"),
          .number("deliver"), .text("channel"), .text("target"), .text("misfire"), .number("next_at"),
          .number("last_run_at"), .text("last_run_id"), .text("last_status"), .text("last_error"),
          .number("created_at"), .number("updated_at"),
        ], hidden: ["finished_at"])),
    TableDeclaration(
      "cron_slots", .tenant, key: ["job_id", "slot_at"], .unlimited, part: .init(table: "cron_jobs", column: "job_id"),
      export: .columns([
        .number("slot_at"), .text("job_id"), .text("outcome"), .text("run_id"), .number("decided_at"),
      ])),
  ]
}
