/// Parses and formats durations: `500ms`, `30s`, `5m`, `24h`, `7d`, or a number of seconds.
enum DurationText {
  /// Ten years; a larger value is certainly a mistake.
  private static let longestMilliseconds: Int64 = 315_360_000_000

  private static let units: [(suffix: String, milliseconds: Int64)] = [
    ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
  ]

  /// - Returns: nil if it is not a duration, negative, finer than a millisecond, or longer than ten years.
  static func parse(_ text: String) -> Duration? {
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let suffix = String(text.dropFirst(digits.count))
    let unit = suffix.isEmpty ? 1000 : units.first { $0.suffix == suffix }?.milliseconds
    guard let unit, !digits.isEmpty, let number = Double(digits) else { return nil }
    return duration(milliseconds: number * Double(unit))
  }

  static func duration(seconds: Double) -> Duration? { duration(milliseconds: seconds * 1000) }

  private static func duration(milliseconds: Double) -> Duration? {
    guard let whole = Int64(exactly: milliseconds.rounded()), abs(milliseconds - Double(whole)) < 1e-6,
      (0...longestMilliseconds).contains(whole)
    else { return nil }
    return .milliseconds(whole)
  }

  /// The shortest exact form.
  static func format(_ duration: Duration) -> String {
    let milliseconds = duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
    if milliseconds == 0 { return "0s" }
    let unit = units.last { milliseconds % $0.milliseconds == 0 } ?? units[0]
    return "\(milliseconds / unit.milliseconds)\(unit.suffix)"
  }
}

extension DurationText {
  /// The two largest units: `3d 4h`, `5m 12s`.
  static func rounded(_ duration: Duration) -> String {
    var rest = max(0, duration.components.seconds)
    guard rest > 0 else { return "less than a second" }
    var words: [String] = []
    for (suffix, seconds) in [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)] as [(String, Int64)] {
      if words.count < 2, rest >= seconds || !words.isEmpty {
        if rest >= seconds { words.append("\(rest / seconds)\(suffix)") } else if !words.isEmpty { break }
        rest %= seconds
      }
    }
    return words.joined(separator: " ")
  }
}
