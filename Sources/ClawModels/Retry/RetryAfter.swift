import ClawCore
import ClawJSON

/// The `Retry-After` header (RFC 9110 section 10.2.3): seconds, or a moment.
enum RetryAfter {
  /// The longest pause believed; anything longer is taken as this.
  static let ceiling: Duration = .seconds(86_400)

  /// The pause that a header asks for, or nil if it says nothing understandable.
  static func parse(_ text: String, now: Timestamp) -> Duration? {
    let trimmed = text.trimmed
    if let seconds = Double(trimmed), seconds.isFinite, seconds >= 0 {
      return min(.milliseconds(Int64(min(seconds, 86_400) * 1000)), ceiling)
    }
    guard let moment = HTTPDate.parse(trimmed) else { return nil }
    return min(max(moment - now, .zero), ceiling)
  }
}

/// The date form that HTTP prefers, `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 section 5.6.7). The two obsolete forms
/// are not read.
public enum HTTPDate {
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// Nil if it is no such date.
  public static func parse(_ text: String) -> Timestamp? {
    let words = text.split(at: " ")
    guard words.count == 6, words[5] == "GMT", let day = Int64(words[1]), (1...31).contains(day),
      let month = months.firstIndex(of: String(words[2])), let year = Int64(words[3]), (1970...9999).contains(year)
    else { return nil }
    let time = words[4].split(at: ":").compactMap { Int64($0) }
    guard time.count == 3, (0...23).contains(time[0]), (0...59).contains(time[1]), (0...60).contains(time[2]) else {
      return nil
    }
    let days = CivilDate(year: year, month: Int64(month) + 1, day: day).daysSinceEpoch
    return Timestamp(milliseconds: (days * 86_400 + time[0] * 3600 + time[1] * 60 + time[2]) * 1000)
  }
}
