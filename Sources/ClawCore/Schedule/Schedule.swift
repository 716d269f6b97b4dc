import ClawJSON

/// When a job runs.
public enum Schedule: Sendable, Hashable {
  /// Once.
  case at(time: Timestamp)
  /// At intervals, counted from the creation of the job; at least ``minInterval``.
  case every(milliseconds: Int64)
  /// By a ``CronExpression`` in a zone of the IANA database.
  case cron(expression: String, zone: String)
  /// A kind unknown to this version, as stored by another version of the program.
  case unknown(kind: String, JSONValue)

  /// Shortest interval of `every`, in milliseconds.
  public static let minInterval: Int64 = 1000
  /// Longest interval of `every`, in milliseconds: ten years.
  public static let maxInterval: Int64 = 315_576_000_000
  /// Latest valid time: the end of the year 9999.
  public static let lastMoment = Timestamp(milliseconds: 253_402_300_799_999)
}
