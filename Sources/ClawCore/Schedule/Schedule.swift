import ClawJSON

/// When a job is to run.
public enum Schedule: Sendable, Hashable {
  /// Once.
  case at(time: Timestamp)
  /// Again and again, counted from when the job was made; at least ``minInterval``.
  case every(milliseconds: Int64)
  /// At the times of a ``CronExpression`` in a zone of the IANA database.
  case cron(expression: String, zone: String)
  /// A kind that this version does not know, as it is stored; another version of the program does.
  case unknown(kind: String, JSONValue)

  /// Shortest interval of `every`, in milliseconds.
  public static let minInterval: Int64 = 1000
  /// Longest interval of `every`, in milliseconds: ten years.
  public static let maxInterval: Int64 = 315_576_000_000
  /// Latest moment that can be named: the end of the year 9999.
  public static let lastMoment = Timestamp(milliseconds: 253_402_300_799_999)
}
