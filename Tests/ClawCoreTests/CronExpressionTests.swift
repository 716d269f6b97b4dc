import Testing

@testable import ClawCore

@Suite("Cron expressions")
struct CronExpressionTests {
  /// The next times after a given time, in UTC.
  static func times(_ expression: String, after: String, zone: String = "UTC", count: Int) async throws -> [String] {
    let expression = try CronExpression(expression)
    let zone = try await ZoneFileLibrary.system.zone(named: zone)
    var times: [String] = []
    var last = seconds(after)
    while times.count < count, let next = expression.next(after: last, in: zone) {
      times.append(text(next))
      last = next
    }
    return times
  }

  @Test(
    "say when, in UTC",
    arguments: [
      ("* * * * *", "2026-01-31 23:58", ["2026-01-31 23:59", "2026-02-01 00:00"]),
      ("* * * * *", "2026-01-31 23:58:30", ["2026-01-31 23:59"]),
      ("*/15 * * * *", "2026-01-31 12:00", ["2026-01-31 12:15", "2026-01-31 12:30", "2026-01-31 12:45"]),
      ("5/20 3 * * *", "2026-01-01 00:00", ["2026-01-01 03:05", "2026-01-01 03:25", "2026-01-01 03:45"]),
      ("10-30/10,59 23 * * *", "2026-01-01 23:30", ["2026-01-01 23:59", "2026-01-02 23:10"]),
      ("0 9-17/4 * * 1-5", "2026-01-02 17:00", ["2026-01-05 09:00", "2026-01-05 13:00", "2026-01-05 17:00"]),
      ("0 0 * * 0", "2026-01-01 00:00", ["2026-01-04 00:00", "2026-01-11 00:00"]),
      ("0 0 * * 7", "2026-01-01 00:00", ["2026-01-04 00:00"]),
      ("0 0 * * sat-sun", "2026-01-01 00:00", ["2026-01-03 00:00", "2026-01-04 00:00", "2026-01-10 00:00"]),
      ("0 0 * * 5-7", "2026-01-01 00:00", ["2026-01-02 00:00", "2026-01-03 00:00", "2026-01-04 00:00"]),
      ("0 0 1 jan,JUL *", "2026-01-01 00:00", ["2026-07-01 00:00", "2027-01-01 00:00"]),
      ("0 0 31 * *", "2026-01-31 00:00", ["2026-03-31 00:00", "2026-05-31 00:00"]),
      ("0 0 29 2 *", "2025-01-01 00:00", ["2028-02-29 00:00", "2032-02-29 00:00"]),
      ("0 0 29 2 *", "2096-03-01 00:00", ["2104-02-29 00:00"]),
      // A day field that begins with * is unrestricted, so both must match.
      ("0 0 */31 2-3 0", "2026-01-01 00:00", ["2026-02-01 00:00", "2026-03-01 00:00", "2032-02-01 00:00"]),
      // Both day fields are restricted: either may match. The 13th, and every Friday.
      ("0 0 13 * 5", "2026-02-07 00:00", ["2026-02-13 00:00", "2026-02-20 00:00", "2026-02-27 00:00"]),
      ("0 0 13 1 5", "2026-01-09 00:00", ["2026-01-13 00:00", "2026-01-16 00:00"]),
      ("59 23 31 12 *", "2026-12-31 23:58:59", ["2026-12-31 23:59", "2027-12-31 23:59"]),
      ("@hourly", "2026-01-01 00:00", ["2026-01-01 01:00"]), ("@daily", "2026-01-01 00:00", ["2026-01-02 00:00"]),
      ("@midnight", "2026-01-01 12:00", ["2026-01-02 00:00"]), ("@weekly", "2026-01-01 00:00", ["2026-01-04 00:00"]),
      ("@monthly", "2026-01-31 12:00", ["2026-02-01 00:00"]), ("@Yearly", "2026-01-01 00:00", ["2027-01-01 00:00"]),
      ("@annually", "2026-06-01 00:00", ["2027-01-01 00:00"]),
      (" \t0  12\t* * * ", "2026-01-01 00:00", ["2026-01-01 12:00"]),
      ("0 0 1 1 *", "1969-12-31 23:59", ["1970-01-01 00:00", "1971-01-01 00:00"]),
    ])
  func inUTC(expression: String, after: String, expected: [String]) async throws {
    #expect(try await Self.times(expression, after: after, count: expected.count) == expected)
  }

  @Test(
    "a time that is skipped comes at the next valid minute, a repeated one once",
    arguments: [
      // Clocks skip from 02:00 to 03:00 at 01:00 UTC.
      ("30 2 * * *", "Europe/Paris", "2026-03-28 00:00", ["2026-03-28 01:30", "2026-03-29 01:00", "2026-03-30 00:30"]),
      ("0 2 * * *", "Europe/Paris", "2026-03-28 12:00", ["2026-03-29 01:00", "2026-03-30 00:00"]),
      ("0 3 * * *", "Europe/Paris", "2026-03-28 12:00", ["2026-03-29 01:00", "2026-03-30 01:00"]),
      // All times inside the gap map to the end of the gap.
      (
        "*/20 * * * *", "Europe/Paris", "2026-03-29 00:20",
        ["2026-03-29 00:40", "2026-03-29 01:00", "2026-03-29 01:20"]
      ),
      // Clocks go back from 03:00 to 02:00 at 01:00 UTC.
      ("30 2 * * *", "Europe/Paris", "2026-10-24 12:00", ["2026-10-25 00:30", "2026-10-26 01:30"]),
      ("30 2 * * *", "Europe/Paris", "2026-10-25 01:10", ["2026-10-26 01:30"]),
      ("0 3 * * *", "Europe/Paris", "2026-10-24 12:00", ["2026-10-25 02:00", "2026-10-26 02:00"]),
      // Frequent jobs pause during the repeated hour too: the contract says that every local time fires once.
      (
        "*/30 * * * *", "Europe/Paris", "2026-10-24 23:40",
        ["2026-10-25 00:00", "2026-10-25 00:30", "2026-10-25 02:00", "2026-10-25 02:30"]
      ),
      ("0 * * * *", "Europe/Paris", "2026-10-24 23:00", ["2026-10-25 00:00", "2026-10-25 02:00", "2026-10-25 03:00"]),
      // From 02:00 to 03:00 at 07:00 UTC, and from 02:00 back to 01:00 at 06:00 UTC.
      (
        "30 2 8 3 *", "America/New_York", "2026-01-01 00:00", ["2026-03-08 07:00", "2027-03-08 07:30"]
      ),
      ("30 1 * * *", "America/New_York", "2026-11-01 00:00", ["2026-11-01 05:30", "2026-11-02 06:30"]),
      ("0 9 * * mon", "America/New_York", "2026-03-01 00:00", ["2026-03-02 14:00", "2026-03-09 13:00"]),
      // Half an hour only, in the southern summer.
      ("15 2 * * *", "Australia/Lord_Howe", "2026-10-03 00:00", ["2026-10-03 15:30", "2026-10-04 15:15"]),
      // No daylight saving, and not a whole hour from UTC.
      ("0 0 * * *", "Asia/Kathmandu", "2026-01-01 00:00", ["2026-01-01 18:15", "2026-01-02 18:15"]),
      ("30 5 29 2 *", "Asia/Kathmandu", "2026-01-01 00:00", ["2028-02-28 23:45", "2032-02-28 23:45"]),
      // A skipped day: 30 December 2011.
      ("0 12 30 12 *", "Pacific/Apia", "2011-12-01 00:00", ["2011-12-30 10:00", "2012-12-29 22:00"]),
      // Beyond the transitions in the file, where its rule applies.
      ("30 2 * * *", "Europe/Paris", "2099-03-28 12:00", ["2099-03-29 01:00", "2099-03-30 00:30"]),
    ])
  func acrossChanges(expression: String, zone: String, after: String, expected: [String]) async throws {
    #expect(try await Self.times(expression, after: after, zone: zone, count: expected.count) == expected)
  }

  @Test(
    "that never come say so", arguments: ["0 0 30 2 *", "0 0 31 2,4,6,9,11 *", "0 0 31 feb */7"])
  func never(expression: String) async throws {
    #expect(try CronExpression(expression).next(after: seconds("2026-01-01 00:00"), in: .utc) == nil)
  }

  @Test("that come once in 40 years are found")
  func rare() async throws {
    // 29 February on a Sunday, across a century year that is not a leap year.
    #expect(try await Self.times("0 0 29 2 */7", after: "2088-03-01 00:00", count: 1) == ["2128-02-29 00:00"])
  }

  @Test(
    "that are wrong are refused with the field and the reason",
    arguments: [
      ("", "5 fields"), ("* * * *", "has 4"), ("* * * * * *", "has 6"), ("60 * * * *", "minute"),
      ("* 24 * * *", "hour"), ("* * 0 * *", "day of the month"), ("* * 32 * *", "1 to 31"), ("* * * 13 *", "month"),
      ("* * * * 8", "weekday"), ("* * * foo *", "FEB"), ("* * * * mo", "MON"), ("-1 * * * *", "minute"),
      ("5-1 * * * *", "backwards"), ("* * * * 3-1", "backwards"), ("*/0 * * * *", "step"), ("*/61 * * * *", "step"),
      ("*/ * * * *", "step"), ("*/-1 * * * *", "step"), ("1,,2 * * * *", "minute"), ("1, * * * *", "minute"),
      ("1-2-3 * * * *", "minute"), ("*-5 * * * *", "minute"), ("1/2/3 * * * *", "step"), ("** * * * *", "minute"),
      ("L * * * *", "minute"), ("0 0 ? * *", "day of the month"), ("+1 * * * *", "minute"), ("١ * * * *", "minute"),
      ("99999999999999999999 * * * *", "minute"), ("@reboot", "@hourly"), ("@hourly now", "@hourly"),
      ("0 0 * * mon#1", "weekday"),
    ])
  func refused(text: String, reason: String) {
    let error = #expect(throws: CronExpressionError.self) { try CronExpression(text) }
    #expect(error?.message.contains(reason) == true, "\(String(describing: error))")
  }

  @Test("that are too long are refused")
  func tooLong() {
    let text = String(repeating: "1,", count: 200) + "1 * * * *"
    #expect(throws: CronExpressionError.self) { try CronExpression(text) }
  }
}
