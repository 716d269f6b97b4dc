extension ClawError {
  /// A part of a request. Clients know it by other names, which the edges define: WebSocket params, HTTP bodies and
  /// headers each have their own. The raw values are for logs.
  public enum Field: String, Sendable, CaseIterable {
    case tenant, user, agent, name, summary, emoji, prompt, workspace, models, message, channel
    case session = "session key"
    /// The recipient of a job's answers.
    case receiver
    case idempotencyKey = "idempotency key"
    /// The event after which a subscription starts.
    case position
    /// The cursor of a list.
    case cursor
    case schedule
    /// The time of a one-time schedule.
    case moment
    /// The interval of a schedule.
    case interval
    case cronExpression = "cron expression"
    case zone = "time zone"
    /// The expiry of a credential.
    case expiry
    case displayName = "display name"
    /// The address of a provider.
    case baseURL = "base URL"
    case dialect
    /// The API key of a provider.
    case key
    case defaultModel = "default model"
  }

  /// A machine-readable detail of an error.
  public enum Fact: Sendable, CaseIterable {
    /// The limit that was reached.
    case limit
    /// The current revision of the object.
    case revision
    /// A more specific reason than the code; see ``RunFailure/reason``.
    case reason
    /// The run that an idempotency key belongs to.
    case run
    /// Numbers of the first and the last stored event.
    case oldestEvent, lastEvent
    /// Protocol versions.
    case versions
  }
}
