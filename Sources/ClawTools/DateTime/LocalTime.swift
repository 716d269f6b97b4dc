import ClawCore

/// Calendar date and time of day at an offset from UTC.
struct LocalTime {
  private let date: CivilDate
  private let millisecondsOfDay: Int64
  private let secondsFromUTC: Int64

  init(_ time: Timestamp, offset: ZoneFileOffset) {
    // Clamps at the limits of 64 bits instead of overflowing.
    let (shifted, overflow) = time.milliseconds.addingReportingOverflow(offset.secondsFromUTC * 1000)
    let (days, rest) = (overflow ? time.milliseconds : shifted).flooredDivision(by: 86_400_000)
    date = CivilDate(daysSinceEpoch: days)
    millisecondsOfDay = rest
    secondsFromUTC = offset.secondsFromUTC
  }

  var weekday: String {
    switch date.weekday {
    case 0: "Sunday"
    case 1: "Monday"
    case 2: "Tuesday"
    case 3: "Wednesday"
    case 4: "Thursday"
    case 5: "Friday"
    default: "Saturday"
    }
  }

  /// ISO 8601 with milliseconds and the offset: `2026-07-01T12:00:00.000+02:00`.
  var iso8601: String {
    let seconds = millisecondsOfDay / 1000
    let day = "\(Self.padded(date.year, 4))-\(Self.padded(date.month, 2))-\(Self.padded(date.day, 2))"
    return "\(day)T\(Self.clock(seconds)):\(Self.padded(seconds % 60, 2)).\(Self.padded(millisecondsOfDay % 1000, 3))"
      + offset
  }

  /// `Z`, `+05:45`, or with seconds for historical offsets: `+00:09:21`.
  private var offset: String {
    if secondsFromUTC == 0 { return "Z" }
    let size = abs(secondsFromUTC)
    let seconds = size % 60 == 0 ? "" : ":\(Self.padded(size % 60, 2))"
    return (secondsFromUTC < 0 ? "-" : "+") + Self.clock(size) + seconds
  }

  private static func clock(_ seconds: Int64) -> String {
    "\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2))"
  }

  private static func padded(_ value: Int64, _ width: Int) -> String {
    let digits = String(value.magnitude)
    return (value < 0 ? "-" : "") + String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }
}
