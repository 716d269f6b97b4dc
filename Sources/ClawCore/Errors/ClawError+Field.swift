extension ClawError {
  /// A part of a request. The names that clients know are the edges' business: WebSocket params, bodies and headers of
  /// HTTP each have their own. These are for logs.
  public enum Field: String, Sendable, CaseIterable {
    case tenant, user, agent, name, summary, emoji, prompt, workspace, models, message, channel
    case session = "session key"
    /// Who gets what a job answers.
    case receiver
    case idempotencyKey = "idempotency key"
    /// The event after which a subscription begins.
    case position
    /// Where a page of a list begins.
    case cursor
    case schedule
    /// The only time of a schedule.
    case moment
    /// The time between two starts.
    case interval
    case cronExpression = "cron expression"
    case zone = "time zone"
    /// When a credential ends.
    case expiry
  }

  /// A fact that programs look for in an error.
  public enum Fact: Sendable, CaseIterable {
    /// The bound that was reached.
    case limit
    /// The revision that the object has by now.
    case revision
    /// A finer word than the code; see ``RunFailure/reason``.
    case reason
    /// The run that an idempotency key belongs to.
    case run
    /// Numbers of the first event that is kept, and of the last.
    case oldestEvent, lastEvent
    /// Versions of the protocol.
    case versions
  }
}
