extension Migration {
  /// How much of each session waits or runs, so that accepting need not count; and the allowances of those who send.
  static let m005Pending = Migration(version: 5, name: "pending") { dialect in
    [
      "ALTER TABLE sessions ADD COLUMN pending BIGINT NOT NULL DEFAULT 0",
      """
      UPDATE sessions SET pending = (SELECT COUNT(*) FROM work_queue WHERE work_queue.mailbox = sessions.id)
      WHERE id IN (SELECT mailbox FROM work_queue)
      """,
      // What is left of a user's allowance, in units of which a message takes 60,000, as of filled_at.
      """
      CREATE TABLE rate_buckets (
        tenant_id TEXT NOT NULL,
        user_id TEXT NOT NULL,
        level BIGINT NOT NULL,
        filled_at BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, user_id)
      )\(dialect.clustered)
      """,
      "CREATE INDEX rate_buckets_by_time ON rate_buckets (tenant_id, filled_at)",
    ]
  }
}
