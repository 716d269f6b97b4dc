extension InitialSchema {
  /// Agents and sessions.
  static func sessionTables(_ dialect: SQLDialect) -> [String] {
    [
      """
      CREATE TABLE agents (
        tenant_id TEXT NOT NULL,
        id TEXT NOT NULL,
        key TEXT NOT NULL,
        name TEXT NOT NULL,
        summary TEXT NOT NULL,
        emoji TEXT NOT NULL,
        models TEXT NOT NULL,
        prompt TEXT NOT NULL,
        workspace TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        updated_at BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, key)
      )
      """,
      // A row outlives its session: the counters of its key never decrease. created_at 0: there is no session under the
      // key now. pending: its queued and running runs. An ephemeral session is not listed, and is removed with its row
      // some time after its last change.
      """
      CREATE TABLE sessions (
        tenant_id TEXT NOT NULL,
        id TEXT NOT NULL,
        user_id TEXT NOT NULL,
        key TEXT NOT NULL,
        agent_key TEXT NOT NULL,
        label TEXT NOT NULL,
        channel TEXT NOT NULL,
        model TEXT NOT NULL,
        message_count BIGINT NOT NULL,
        last_message_seq BIGINT NOT NULL,
        window_start_seq BIGINT NOT NULL,
        input_tokens BIGINT NOT NULL,
        output_tokens BIGINT NOT NULL,
        head_seq BIGINT NOT NULL,
        oldest_seq BIGINT NOT NULL,
        resume_seq BIGINT NOT NULL,
        created_at BIGINT NOT NULL,
        updated_at BIGINT NOT NULL,
        pending BIGINT NOT NULL,
        is_ephemeral BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, user_id, key)
      )\(dialect.clustered)
      """,
      "CREATE INDEX sessions_by_user ON sessions (tenant_id, user_id, updated_at, id) WHERE is_ephemeral = 0",
      "CREATE INDEX sessions_ephemeral ON sessions (tenant_id, updated_at, id) WHERE is_ephemeral = 1",
      "CREATE INDEX sessions_by_time ON sessions (tenant_id, updated_at, id)",
    ]
  }

  /// Transcripts.
  static func transcriptTables(_ dialect: SQLDialect) -> [String] {
    [
      """
      CREATE TABLE messages (
        tenant_id TEXT NOT NULL,
        session_id TEXT NOT NULL,
        seq BIGINT NOT NULL,
        id TEXT NOT NULL,
        run_id TEXT,
        role TEXT NOT NULL,
        body TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, session_id, seq)
      )\(dialect.clustered)
      """
    ]
  }

  /// Runs, which process messages.
  static func runTables(_ dialect: SQLDialect) -> [String] {
    [
      // parent_id: the run that started it; depth: the number of its ancestors. reply_to: see ReplyAddress.
      // reserved_tokens: of budgets, during a model call; see BudgetRepository. The primary key is the index by time:
      // ids are UUIDv7. No index contains the state: PostgreSQL would insert a run into all its indexes again at its
      // end.
      """
      CREATE TABLE runs (
        tenant_id TEXT NOT NULL,
        id TEXT NOT NULL,
        session_id TEXT NOT NULL,
        user_id TEXT NOT NULL,
        session_key TEXT NOT NULL,
        agent_key TEXT NOT NULL,
        state TEXT NOT NULL,
        source TEXT NOT NULL,
        lane TEXT NOT NULL,
        options TEXT NOT NULL,
        message_seq BIGINT NOT NULL,
        answer_seq BIGINT,
        attempt BIGINT NOT NULL,
        iterations BIGINT NOT NULL,
        input_tokens BIGINT NOT NULL,
        output_tokens BIGINT NOT NULL,
        cached_tokens BIGINT NOT NULL,
        stop_reason TEXT NOT NULL,
        model TEXT NOT NULL,
        failure TEXT,
        abort_requested BIGINT NOT NULL,
        created_at BIGINT NOT NULL,
        started_at BIGINT NOT NULL,
        ended_at BIGINT NOT NULL,
        actor_user TEXT NOT NULL,
        actor TEXT NOT NULL,
        reply_to TEXT,
        parent_id TEXT,
        depth BIGINT NOT NULL,
        reserved_tokens BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, id)
      )\(dialect.clustered)
      """,
      "CREATE INDEX runs_by_session ON runs (tenant_id, session_id, message_seq)",
      // Runs that a user started in another user's session: the name is removed when that user is erased.
      "CREATE INDEX runs_by_actor ON runs (tenant_id, actor_user, id) WHERE actor_user <> user_id",
    ]
  }

  /// Tool calls.
  static func toolTables(_ dialect: SQLDialect) -> [String] {
    [
      // Tool calls, in the order of their session's runs. They are kept after the run as its timeline. sealed: the
      // arguments with the secrets that are masked in arguments, for as long as the call is open. answer: the result
      // that came with a decision, until the run has consumed it. 0 in a time: not yet.
      """
      CREATE TABLE tool_calls (
        tenant_id TEXT NOT NULL,
        session_id TEXT NOT NULL,
        run_id TEXT NOT NULL,
        round BIGINT NOT NULL,
        call_id TEXT NOT NULL,
        position BIGINT NOT NULL,
        name TEXT NOT NULL,
        arguments TEXT NOT NULL,
        sealed TEXT,
        key_id TEXT,
        effect TEXT NOT NULL,
        state TEXT NOT NULL,
        waits_for TEXT NOT NULL,
        wait_until BIGINT NOT NULL,
        decided_by TEXT NOT NULL,
        answer TEXT,
        asked_at BIGINT NOT NULL,
        decided_at BIGINT NOT NULL,
        started_at BIGINT NOT NULL,
        ended_at BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, session_id, run_id, round, call_id)
      )\(dialect.clustered)
      """,
      // Rows to seal again when the key changes.
      """
      CREATE INDEX tool_calls_sealed ON tool_calls (tenant_id, session_id, run_id, round, call_id)
      WHERE sealed IS NOT NULL
      """,
      // Decisions of a user: the name is removed when that user is erased.
      "CREATE INDEX tool_calls_by_decider ON tool_calls (tenant_id, decided_by) WHERE decided_by <> ''",
    ]
  }

  /// Outgoing replies and unread messages.
  static func mailTables(_ dialect: SQLDialect) -> [String] {
    [
      // Replies yet to be delivered to the reply address of their run: see OutboxRepository.
      """
      CREATE TABLE outbox (
        tenant_id TEXT NOT NULL,
        session_id TEXT NOT NULL,
        run_id TEXT NOT NULL,
        reply_to TEXT NOT NULL,
        body TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, session_id, run_id)
      )\(dialect.clustered)
      """,
      "CREATE INDEX outbox_by_time ON outbox (tenant_id, created_at, run_id)",
      // Messages to a running run that it has not read yet: see InboxRepository. seq: the order within a session. id:
      // of the run that the message becomes if its run ends without reading it.
      """
      CREATE TABLE inbox (
        tenant_id TEXT NOT NULL,
        session_id TEXT NOT NULL,
        id TEXT NOT NULL,
        seq BIGINT NOT NULL,
        run_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        mode TEXT NOT NULL,
        body TEXT NOT NULL,
        actor_user TEXT NOT NULL,
        actor TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, session_id, id)
      )\(dialect.clustered)
      """,
      "CREATE INDEX inbox_by_actor ON inbox (tenant_id, actor_user, id)",
    ]
  }

  /// The event log, idempotency keys and rate limits.
  static func eventTables(_ dialect: SQLDialect) -> [String] {
    [
      """
      CREATE TABLE events (
        tenant_id TEXT NOT NULL,
        session_id TEXT NOT NULL,
        seq BIGINT NOT NULL,
        run_id TEXT NOT NULL,
        type TEXT NOT NULL,
        body TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, session_id, seq)
      )\(dialect.clustered)
      """,
      // own_run_id: for a message to a running run (run_id), the run that it becomes if that one ends without reading
      // it.
      """
      CREATE TABLE idempotency_keys (
        tenant_id TEXT NOT NULL,
        user_id TEXT NOT NULL,
        key TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        run_id TEXT NOT NULL,
        own_run_id TEXT,
        created_at BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, user_id, key)
      )\(dialect.clustered)
      """,
      "CREATE INDEX idempotency_keys_by_time ON idempotency_keys (tenant_id, created_at)",
      // What is left in a user's token bucket as of filled_at, in units of which a message takes 60,000.
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

  /// Declarations of the tables of agents, sessions and runs.
  static let sessionDeclarations: [TableDeclaration] = [
    TableDeclaration(
      "agents", .tenant, key: ["id"],
      export: .columns([
        .text("id"), .text("key"), .text("name"), .text("summary"), .text("emoji"), .json("models"), .text("prompt"),
        .text("workspace"), .number("created_at"), .number("updated_at"),
      ])),
    TableDeclaration(
      "sessions", .tenant, key: ["id"], .unlimited, users: [.owner("user_id")],
      export: .columns(
        [
          .text("id"), .text("user_id"), .text("key"), .text("agent_key"), .text("label"), .text("channel"),
          .text("model"), .number("message_count"), .number("input_tokens"), .number("output_tokens"),
          .number("created_at"), .number("updated_at"),
        ],
        hidden: [
          "last_message_seq", "window_start_seq", "head_seq", "oldest_seq", "resume_seq", "pending", "is_ephemeral",
        ])),
    TableDeclaration(
      "runs", .tenant, key: ["id"], .unlimited, part: .init(table: "sessions", column: "session_id"),
      users: [.part("user_id"), .mention("actor_user", indexed: "actor_user <> user_id")],
      export: .columns(
        [
          .text("id"), .text("session_id"), .text("user_id"), .text("session_key"), .text("agent_key"), .text("state"),
          .text("source"), .text("lane"), .json("options"), .number("message_seq"), .number("answer_seq"),
          .number("iterations"), .number("input_tokens"), .number("output_tokens"), .number("cached_tokens"),
          .text("stop_reason"), .text("model"), .json("failure"), .number("created_at"), .number("started_at"),
          .number("ended_at"), .json("reply_to"), .text("parent_id"), .number("depth"),
        ], hidden: ["attempt", "abort_requested", "actor_user", "actor", "reserved_tokens"])),
    TableDeclaration(
      "messages", .tenant, key: ["session_id", "seq"], .unlimited,
      part: .init(table: "sessions", column: "session_id"),
      export: .columns([
        .number("seq"), .text("session_id"), .text("id"), .text("run_id"), .text("role"), .json("body"),
        .number("created_at"),
      ])),
    TableDeclaration(
      "tool_calls", .tenant, key: ["session_id", "run_id", "round", "call_id"], .unlimited,
      part: .init(table: "sessions", column: "session_id"),
      users: [.mention("decided_by", indexed: "decided_by <> ''")],
      export: .columns(
        [
          .text("run_id"), .number("round"), .text("call_id"), .text("session_id"), .text("name"), .json("arguments"),
          .text("effect"), .text("state"), .text("waits_for"), .number("wait_until"), .text("decided_by"),
          .json("answer"), .number("asked_at"), .number("decided_at"),
          .number("started_at"), .number("ended_at"),
        ], hidden: ["position", "sealed", "key_id"])),
    TableDeclaration(
      "outbox", .tenant, key: ["session_id", "run_id"], .unlimited,
      part: .init(table: "sessions", column: "session_id"),
      export: .columns([
        .text("run_id"), .text("session_id"), .json("reply_to"), .json("body"), .number("created_at"),
      ])),
    TableDeclaration(
      "inbox", .tenant, key: ["session_id", "id"], .unlimited, part: .init(table: "sessions", column: "session_id"),
      users: [.mention("actor_user")],
      export: .columns(
        [
          .text("id"), .text("session_id"), .number("seq"), .text("run_id"), .text("kind"), .text("mode"),
          .json("body"), .number("created_at"),
        ], hidden: ["actor_user", "actor"])),
    TableDeclaration(
      "events", .tenant, key: ["session_id", "seq"], .unlimited, part: .init(table: "sessions", column: "session_id"),
      export: .nothing(because: "they repeat the messages, and are kept for a day")),
    TableDeclaration(
      "idempotency_keys", .tenant, key: ["user_id", "key"], .unlimited, users: [.owner("user_id")],
      export: .nothing(because: "they hold a hash of a request, for a day")),
    TableDeclaration(
      "rate_buckets", .tenant, key: ["user_id"], .unlimited, users: [.owner("user_id")],
      export: .nothing(because: "they hold what is left of an allowance, for minutes")),
  ]
}
