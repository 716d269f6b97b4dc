extension CronExpression {
  /// Search limit. A 29 February that must be a certain weekday may be 40 years away, nothing is further.
  public static let searchYears: Int64 = 41

  /// The first time after `seconds` at which a zone's local time matches the expression, both in Unix seconds. If the
  /// clocks skip the matching time (a gap), it is the first moment after the gap; if they repeat it, the first
  /// occurrence.
  /// - Returns: nil if there is none within ``searchYears``, as for 30 February.
  public func next(after seconds: Int64, in zone: ZoneFile) -> Int64? {
    let seconds = min(max(seconds, -(1 << 54)), 1 << 54)
    let local = seconds + zone.offset(at: seconds).secondsFromUTC
    let today = local.flooredDivision(by: 86_400).quotient
    let lastDay = today + Self.searchYears * 366
    // Moments of increasing local times never decrease, so local times up to now can be skipped.
    var minute = local.flooredDivision(by: 60).quotient + 1
    while let found = nextLocalMinute(from: minute, throughDay: lastDay) {
      let moment = zone.firstMoment(ofLocalTime: found * 60)
      if moment > seconds { return moment }
      minute = found + 1
    }
    return nil
  }

  /// The first matching minute in local time, counted from 1970 without a zone.
  private func nextLocalMinute(from minute: Int64, throughDay lastDay: Int64) -> Int64? {
    var (day, minuteOfDay) = minute.flooredDivision(by: 1440)
    while day <= lastDay {
      let date = CivilDate(daysSinceEpoch: day)
      if matches(date), let found = nextMinute(ofDayFrom: minuteOfDay) { return day * 1440 + found }
      day = months.contains(date.month) ? day + 1 : date.firstOfNextMonth.daysSinceEpoch
      minuteOfDay = 0
    }
    return nil
  }

  private func nextMinute(ofDayFrom minute: Int64) -> Int64? {
    var from = minute
    while let hour = hours.first(from: from / 60), hour < 24 {
      if hour > from / 60 { from = hour * 60 }
      if let found = minutes.first(from: from % 60) { return hour * 60 + found }
      from = (hour + 1) * 60
    }
    return nil
  }
}

extension CivilDate {
  fileprivate var firstOfNextMonth: CivilDate {
    month == 12 ? CivilDate(year: year + 1, month: 1, day: 1) : CivilDate(year: year, month: month + 1, day: 1)
  }
}

extension ZoneFile {
  /// The first moment with this local time or, if it is skipped, the end of the gap.
  fileprivate func firstMoment(ofLocalTime local: Int64) -> Int64 {
    if let moment = moments(ofLocalTime: local).first { return moment }
    // No zone is further than this from UTC; local time is earlier before the gap, later after it.
    var (before, after) = (local - 100_000, local + 100_000)
    while after - before > 1 {
      let middle = before + (after - before) / 2
      if middle + offset(at: middle).secondsFromUTC > local { after = middle } else { before = middle }
    }
    return after
  }
}
