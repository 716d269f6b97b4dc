/// Parses the text of a zone's rule; every function returns nil if there is no match.
struct ZoneFileRuleReader {
  private var text: ArraySlice<UInt8>

  init(text: ArraySlice<UInt8>) { self.text = text }

  var isAtEnd: Bool { text.isEmpty }

  /// A name and a number: `CET-1`. Daylight saving time without a number is an hour ahead of standard time.
  mutating func readOffset(isDaylightSaving: Bool, standard: ZoneFileOffset?) -> ZoneFileOffset? {
    guard let name = readName() else { return nil }
    let seconds: Int64
    if let standard, isAtEnd || text.first == UInt8(ascii: ",") {
      seconds = standard.secondsFromUTC + 3600
    } else {
      // The number is what to add to get UTC, so eastern zones have a minus sign.
      guard let toUTC = readTime(largestHour: 24) else { return nil }
      seconds = -toUTC
    }
    return ZoneFileOffset(secondsFromUTC: seconds, isDaylightSaving: isDaylightSaving, abbreviation: name)
  }

  /// `,M3.5.0/2`; the default time is two in the morning.
  mutating func readChange() -> ZoneFileRule.Change? {
    guard take(","), let day = readDay() else { return nil }
    guard take("/") else { return ZoneFileRule.Change(day: day, secondsOfDay: 7200) }
    guard let seconds = readTime(largestHour: 167) else { return nil }
    return ZoneFileRule.Change(day: day, secondsOfDay: seconds)
  }

  private mutating func readDay() -> ZoneFileRule.Day? {
    if take("J") {
      return readNumber(in: 1...365).map { .julian($0) }
    }
    if take("M") {
      guard let month = readNumber(in: 1...12), take("."), let week = readNumber(in: 1...5), take("."),
        let day = readNumber(in: 0...6)
      else { return nil }
      return .weekday(month: month, week: week, day: day)
    }
    return readNumber(in: 0...365).map { .ordinal($0) }
  }

  /// Three letters or more, or anything in angle brackets. At most 32 bytes.
  private mutating func readName() -> String? {
    let name: ArraySlice<UInt8>
    if take("<") {
      name = text.prefix { $0 != UInt8(ascii: ">") }
      text = text.dropFirst(name.count)
      guard take(">") else { return nil }
    } else {
      name = text.prefix {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
      }
      text = text.dropFirst(name.count)
    }
    guard (3...32).contains(name.count), name.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
    return String(decoding: name, as: UTF8.self)
  }

  /// `[+-]hh[:mm[:ss]]` in seconds.
  private mutating func readTime(largestHour: Int64) -> Int64? {
    let isNegative = take("-")
    if !isNegative { _ = take("+") }
    guard var seconds = readNumber(in: 0...largestHour).map({ $0 * 3600 }) else { return nil }
    if take(":") {
      guard let minutes = readNumber(in: 0...59) else { return nil }
      seconds += minutes * 60
      if take(":") {
        guard let rest = readNumber(in: 0...59) else { return nil }
        seconds += rest
      }
    }
    return isNegative ? -seconds : seconds
  }

  /// One to three digits.
  private mutating func readNumber(in range: ClosedRange<Int64>) -> Int64? {
    let digits = text.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard (1...3).contains(digits.count) else { return nil }
    text = text.dropFirst(digits.count)
    let number = digits.reduce(Int64(0)) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    return range.contains(number) ? number : nil
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard text.first == UInt8(ascii: character) else { return false }
    text = text.dropFirst()
    return true
  }
}
