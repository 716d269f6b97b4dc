/// Settings of runs and retention.
extension Settings {
  public static let mainLane = Setting(
    "lanes.main", .integer(1...100_000), 512, "Concurrent interactive runs.")
  public static let subagentLane = Setting(
    "lanes.subagent", .integer(1...100_000), 64, "Runs of subagents that go on at the same time.")
  public static let cronLane = Setting(
    "lanes.cron", .integer(1...100_000), 64, "Scheduled runs that go on at the same time.")
  public static let runLease = Setting(
    "runs.lease", .duration(atLeast: .seconds(1)), .seconds(15),
    "Silence of a node after which others take up its runs.")
  public static let pollInterval = Setting(
    "runs.poll_interval", .duration(atLeast: .milliseconds(10)), .seconds(1),
    "How often the queue is looked at, in case a notification was lost.")
  public static let maxIterations = Setting(
    "runs.max_iterations", .integer(1...1000), 20, "Model calls one run may make.")
  public static let maxAttempts = Setting(
    "runs.max_attempts", .integer(1...1000), 5,
    "Attempts of a run, restarts included, before it fails.")
  public static let textJoin = Setting(
    "runs.text_join", .duration(atLeast: .zero), .milliseconds(15),
    "How long text is collected into one event; the first piece after a pause is sent at once.")

  public static let toolTimeout = Setting(
    "runs.tool_timeout", .duration(), .seconds(300), "How long one tool may take.")
  public static let maxToolWait = Setting(
    "runs.max_tool_wait", .duration(), .seconds(2_592_000),
    "How long a call may wait for a decision, a child or a date at most; then the model is told that nothing came.")
  public static let maxMessageBytes = Setting(
    "runs.max_message_bytes", .integer(1024...67_108_864), 262_144, "Longest message to an agent, in bytes.")
  public static let sweepInterval = Setting(
    "runs.sweep_interval", .duration(atLeast: .seconds(1)), .seconds(600), "Time between two rounds of tidying up.")

  public static let eventRetention = Setting(
    "events.retention", .duration(atLeast: .seconds(60)), .seconds(86_400), "How long events can be resumed from.")
  public static let ephemeralRetention = Setting(
    "sessions.ephemeral_retention", .duration(atLeast: .seconds(1)), .seconds(86_400),
    "How long the sessions of HTTP calls are kept that name none; at least as long as idempotency.retention.")
  public static let idempotencyRetention = Setting(
    "idempotency.retention", .duration(atLeast: .seconds(60)), .seconds(86_400),
    "How long a repeated idempotency key is recognised.")
  public static let storePath = Setting(
    "store.path", .path, "swiftclaw.db", "The database file; relative to the data directory.")
  public static let encryptionKey = Setting(
    "store.encryption_key", .text, "", short: "SWIFTCLAW_ENCRYPTION_KEY", isSecret: true,
    "Seals the secrets in the store: 64 hex digits, or the base64 of 32 bytes; without it a key is made and kept in the "
      + "data directory.")
  public static let previousEncryptionKey = Setting(
    "store.encryption_key_previous", .text, "", short: "SWIFTCLAW_ENCRYPTION_KEY_PREVIOUS", isSecret: true,
    "The key before that, for one start: secrets sealed with it are resealed.")
  public static let storeSynchronous = Setting(
    "store.synchronous", .choice(StoreSynchronous.self), StoreSynchronous.normal.rawValue,
    "full survives a power cut to the last moment; normal survives every crash of the process and is faster.")

  public static let storeReaders = Setting(
    "store.readers", .integer(1...64), 4, "Connections of the database that read.")

  static let runs: [AnySetting] = [
    mainLane.erased, subagentLane.erased, cronLane.erased, runLease.erased, pollInterval.erased,
    maxIterations.erased, maxAttempts.erased, textJoin.erased, toolTimeout.erased, maxToolWait.erased,
    maxMessageBytes.erased,
    sweepInterval.erased, eventRetention.erased, ephemeralRetention.erased, idempotencyRetention.erased,
    storePath.erased, encryptionKey.erased,
    previousEncryptionKey.erased, storeSynchronous.erased,
    storeReaders.erased,
  ]
}
