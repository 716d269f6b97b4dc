/// Two bytes select a zone and a time, the rest is an expression. The result must be a time at which the local time
/// matches or skips a match, and no earlier minute may.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCron(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  let bytes = UnsafeBufferPointer(start: data, count: size)
  guard size > 2, let expression = try? CronExpression(String(decoding: bytes[2...], as: UTF8.self)) else { return 0 }
  let zone = zones[Int(bytes[0]) % zones.count]
  // Steps of two weeks and some odd seconds: over all seasons, and not on full minutes.
  let start = 1_700_000_011 + Int64(bytes[1]) * 1_234_577
  guard let next = expression.next(after: start, in: zone) else { return 0 }
  guard next > start, next <= start + (CronExpression.searchYears + 1) * 366 * 86_400 else {
    fatalError("\(next) is not ahead of \(start), or too far")
  }
  guard shows(expression, at: next, in: zone) else { fatalError("\(next) is no moment of the expression") }
  var minute = max(start + 1, next - 3_000 * 60)
  minute += 59 - (minute + 59) % 60
  while minute < next {
    guard !shows(expression, at: minute, in: zone) else { fatalError("\(minute) comes before \(next)") }
    minute += 60
  }
  return 0
}

/// Without transitions; with transitions in north and south; with one over midnight and of half an hour.
private let zones: [ZoneFile] = [
  "UTC0", "CET-1CEST,M3.5.0,M10.5.0/3", "<-03>3<-02>,M9.1.0/0,M4.1.0/0", "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
].map { text in
  guard let rule = ZoneFileRule(text: Array(text.utf8)[...]) else { fatalError("\(text) is no rule") }
  return ZoneFile(transitions: [], kinds: [], offsets: [rule.standard], rule: rule)
}

/// Whether the local time matches for the first time, or has just skipped a match.
private func shows(_ expression: CronExpression, at moment: Int64, in zone: ZoneFile) -> Bool {
  let local = moment + zone.offset(at: moment).secondsFromUTC
  let before = moment - 1 + zone.offset(at: moment - 1).secondsFromUTC
  guard local > before else { return false }
  // Local minutes that are new at this time: one, or all of a gap.
  let first = stride(from: before + 1, through: local, by: 1).first { $0.flooredDivision(by: 60).remainder == 0 }
  guard let first else { return false }
  return stride(from: first, through: local, by: 60).contains { time in
    let (day, seconds) = time.flooredDivision(by: 86_400)
    let earlier = zone.moments(ofLocalTime: time).first { $0 < moment }
    return earlier == nil && expression.matches(CivilDate(daysSinceEpoch: day))
      && expression.hours.contains(seconds / 3_600) && expression.minutes.contains(seconds / 60 % 60)
  }
}
