/// The values that match one field of a cron expression.
struct CronField: Sendable, Hashable {
  /// Bit n stands for the value n.
  let values: UInt64
  /// Whether the field begins with `*`; such a day field counts as unrestricted.
  let isOpen: Bool

  func contains(_ value: Int64) -> Bool {
    (0..<64).contains(value) && values >> UInt64(value) & 1 == 1
  }

  /// The first matching value at or after `value`.
  func first(from value: Int64) -> Int64? {
    guard (0..<64).contains(value) else { return nil }
    let rest = values >> UInt64(value)
    return rest == 0 ? nil : value + Int64(rest.trailingZeroBitCount)
  }
}

/// The five fields, in order.
enum CronFieldKind: CaseIterable {
  case minute, hour, dayOfMonth, month, weekday

  /// Its name, for messages.
  var name: String {
    switch self {
    case .minute: "minute"
    case .hour: "hour"
    case .dayOfMonth: "day of the month"
    case .month: "month"
    case .weekday: "weekday"
    }
  }

  /// The valid values. Both 0 and 7 are Sunday.
  var range: ClosedRange<Int> {
    switch self {
    case .minute: 0...59
    case .hour: 0...23
    case .dayOfMonth: 1...31
    case .month: 1...12
    case .weekday: 0...7
    }
  }

  /// Three-letter names, starting with the lowest value.
  var names: [String] {
    switch self {
    case .minute, .hour, .dayOfMonth: []
    case .month: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
    case .weekday: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
    }
  }
}
