import ClawJSON

/// Why a text is not a cron expression, for its author.
public struct CronExpressionError: Error, Sendable, Hashable, CustomStringConvertible {
  public let message: String
  public var description: String { message }
}

/// A cron expression of five fields: minute, hour, day of the month, month, weekday (POSIX.1, crontab, with names,
/// steps and the usual macros such as `@hourly`).
///
/// If both day fields are restricted, a day matches if either does; a field that begins with `*` is unrestricted.
public struct CronExpression: Sendable, Hashable {
  /// Longest text, in bytes.
  public static let maxBytes = 256

  let minutes: CronField
  let hours: CronField
  let days: CronField
  let months: CronField
  let weekdays: CronField

  private static let words = [
    "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
  ]

  /// Parses an expression; case-insensitive.
  public init(_ text: String) throws(CronExpressionError) {
    guard text.utf8.count <= Self.maxBytes else {
      throw CronExpressionError(message: "a cron expression has at most \(Self.maxBytes) bytes")
    }
    let written = text.split(at: { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") })
    let fields = try Self.fields(of: written)
    guard fields.count == 5 else {
      throw CronExpressionError(
        message: "a cron expression has 5 fields (minute hour day month weekday), this one has \(fields.count)")
    }
    minutes = try CronFieldReader(kind: .minute, text: fields[0]).read()
    hours = try CronFieldReader(kind: .hour, text: fields[1]).read()
    days = try CronFieldReader(kind: .dayOfMonth, text: fields[2]).read()
    months = try CronFieldReader(kind: .month, text: fields[3]).read()
    weekdays = try CronFieldReader(kind: .weekday, text: fields[4]).read()
  }

  private static func fields(of written: [Substring]) throws(CronExpressionError) -> [Substring] {
    guard let first = written.first, first.startsWith("@") else { return written }
    guard written.count == 1, let fields = words[first.lowercased()] else {
      let known = words.keys.sorted().joined(separator: ", ")
      throw CronExpressionError(message: "there is no \"\(written.joined(separator: " "))\"; the words are \(known)")
    }
    return fields.split(at: " ")
  }

  /// Whether a day matches.
  func matches(_ date: CivilDate) -> Bool {
    guard months.contains(date.month) else { return false }
    let (isDay, isWeekday) = (days.contains(date.day), weekdays.contains(date.weekday))
    return days.isOpen || weekdays.isOpen ? isDay && isWeekday : isDay || isWeekday
  }
}
