import ClawCore
import ClawJSON
import NIOHTTP1

/// The `Retry-After` header (RFC 9110 section 10.2.3): seconds, or a date.
enum RetryAfter {
  /// The longest accepted delay; longer ones are clamped to it.
  static let ceiling: Duration = .seconds(86_400)

  /// The delay in a header; nil if it is invalid.
  static func parse(_ text: String, now: Timestamp) -> Duration? {
    let trimmed = text.trimmed
    if let seconds = Double(trimmed), seconds.isFinite, seconds >= 0 {
      return min(.milliseconds(Int64(min(seconds, 86_400) * 1000)), ceiling)
    }
    guard let moment = HTTPDate.parse(trimmed) else { return nil }
    return min(max(moment - now, .zero), ceiling)
  }
}

extension RetryAfter {
  /// The delay in the response headers. `retry-after-ms`, which OpenAI also sends, is more precise.
  static func stated(in headers: HTTPHeaders, now: Timestamp) -> Duration? {
    if let text = headers.first(name: "retry-after-ms"), let number = Double(text.trimmed), number.isFinite,
      number >= 0
    {
      return .milliseconds(Int64(min(number, 86_400_000)))
    }
    return headers.first(name: "retry-after").flatMap { parse($0, now: now) }
  }

  /// The delay in an error message, such as "Please try again in 1.2s" (OpenAI).
  static func stated(in message: String) -> Duration? {
    let text = Array(message.utf8.prefix(4096)).map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    for words in ["try again in ", "retry in ", "retry after ", "again after "] {
      guard let start = text[...].end(ofFirst: words.utf8) else { continue }
      if let duration = duration(text[start...]) { return duration }
    }
    return nil
  }

  /// Parses a duration as formatted by Go and Protocol Buffers (`34.074s`, `1m3.5s`, `850ms`), or in words (`20
  /// seconds`).
  static func duration(_ text: String) -> Duration? {
    duration(Array(text.utf8)[...])
  }

  private static func duration(_ text: ArraySlice<UInt8>) -> Duration? {
    var rest = text
    var milliseconds = 0.0
    var isFound = false
    while let (number, unit) = part(&rest) {
      milliseconds += number * unit
      isFound = true
    }
    return isFound ? min(.milliseconds(Int64(min(milliseconds, 86_400_000).rounded(.up))), ceiling) : nil
  }

  /// A number and its unit in milliseconds.
  private static func part(_ text: inout ArraySlice<UInt8>) -> (number: Double, unit: Double)? {
    var rest = text.drop { $0 == UInt8(ascii: " ") }
    let digits = rest.prefix { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }.prefix(20)
    guard let number = Double(String(decoding: digits, as: UTF8.self)), number.isFinite else { return nil }
    rest = rest.dropFirst(digits.count).drop { $0 == UInt8(ascii: " ") }
    let word = rest.prefix { (0x61...0x7A).contains($0) }.prefix(16)
    let units: [(names: [String], milliseconds: Double)] = [
      (["ms", "millisecond", "milliseconds"], 1), (["s", "sec", "secs", "second", "seconds"], 1000),
      (["m", "min", "mins", "minute", "minutes"], 60_000), (["h", "hour", "hours"], 3_600_000),
    ]
    guard let unit = units.first(where: { $0.names.contains { $0.utf8.elementsEqual(word) } }) else { return nil }
    text = rest.dropFirst(word.count)
    return (number, unit.milliseconds)
  }
}

/// The preferred HTTP date format, `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 section 5.6.7). The two obsolete formats
/// are not supported.
public enum HTTPDate {
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// Nil if it is not such a date.
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
