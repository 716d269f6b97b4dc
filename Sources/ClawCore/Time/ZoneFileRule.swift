/// The rule that applies after a file's last transition: `CET-1CEST,M3.5.0,M10.5.0/3` (POSIX.1, TZ, with the extended
/// times of RFC 9636, section 3.3.2).
struct ZoneFileRule: Sendable, Hashable {
  /// The day of the year of a change.
  enum Day: Sendable, Hashable {
    /// `J60`: from 1 to 365; 29 February is not counted.
    case julian(Int64)
    /// `59`: from 0 to 365; 29 February is counted.
    case ordinal(Int64)
    /// `M3.5.0`: month, week (5 is the last), weekday (0 is Sunday).
    case weekday(month: Int64, week: Int64, day: Int64)
  }

  /// A yearly change, in the local time before it.
  struct Change: Sendable, Hashable {
    let day: Day
    /// From -167 to 167 hours.
    let secondsOfDay: Int64
  }

  let standard: ZoneFileOffset
  let daylight: ZoneFileOffset?
  private let start: Change?
  private let end: Change?

  init?(text: ArraySlice<UInt8>) {
    var reader = ZoneFileRuleReader(text: text)
    guard let standard = reader.readOffset(isDaylightSaving: false, standard: nil) else { return nil }
    self.standard = standard
    if reader.isAtEnd {
      (daylight, start, end) = (nil, nil, nil)
      return
    }
    guard let daylight = reader.readOffset(isDaylightSaving: true, standard: standard),
      let start = reader.readChange(), let end = reader.readChange(), reader.isAtEnd
    else { return nil }
    (self.daylight, self.start, self.end) = (daylight, start, end)
  }

  func offset(at seconds: Int64) -> ZoneFileOffset {
    guard let daylight, let start, let end else { return standard }
    let year = CivilDate(
      daysSinceEpoch: (seconds + standard.secondsFromUTC).flooredDivision(by: 86_400).quotient
    ).year
    // The last change before the time decides. The adjacent years are examined too: a change's time may extend into the
    // next or previous day, and in the southern hemisphere daylight saving spans the year's end.
    var latest: (moment: Int64, offset: ZoneFileOffset)?
    for year in (year - 1)...(year + 1) {
      let ends = (end.moment(in: year, offset: daylight), standard)
      let starts = (start.moment(in: year, offset: standard), daylight)
      for change in [ends, starts] where change.0 <= seconds {
        // If start and end coincide, the start wins: daylight saving is permanent.
        if let latest, latest.moment > change.0 || (latest.moment == change.0 && change.1 == standard) { continue }
        latest = change
      }
    }
    return latest?.offset ?? standard
  }
}

extension ZoneFileRule.Change {
  /// The Unix seconds of this change in a year, given the offset before it.
  fileprivate func moment(in year: Int64, offset: ZoneFileOffset) -> Int64 {
    day.daysSinceEpoch(in: year) * 86_400 + secondsOfDay - offset.secondsFromUTC
  }
}

extension ZoneFileRule.Day {
  fileprivate func daysSinceEpoch(in year: Int64) -> Int64 {
    let newYear = CivilDate(year: year, month: 1, day: 1).daysSinceEpoch
    switch self {
    case .ordinal(let day):
      return newYear + day
    case .julian(let day):
      let march = CivilDate(year: year, month: 3, day: 1).daysSinceEpoch
      return day < 60 ? newYear + day - 1 : march + day - 60
    case .weekday(let month, let week, let day):
      let first = CivilDate(year: year, month: month, day: 1)
      let next = CivilDate(year: month == 12 ? year + 1 : year, month: month == 12 ? 1 : month + 1, day: 1)
      let offset = (day - first.weekday).flooredDivision(by: 7).remainder
      let found = first.daysSinceEpoch + offset + (week - 1) * 7
      return found < next.daysSinceEpoch ? found : found - 7
    }
  }
}
