/// The values that one field of a cron expression allows.
struct CronField: Sendable, Hashable {
  /// Bit n stands for the value n.
  let values: UInt64
  /// Whether the field begins with `*`; of the two fields for days such a one does not count as said.
  let isOpen: Bool

  func contains(_ value: Int64) -> Bool {
    (0..<64).contains(value) && values >> UInt64(value) & 1 == 1
  }

  /// The first allowed value that is not before another.
  func first(from value: Int64) -> Int64? {
    guard (0..<64).contains(value) else { return nil }
    let rest = values >> UInt64(value)
    return rest == 0 ? nil : value + Int64(rest.trailingZeroBitCount)
  }
}

/// What the five fields stand for, in their order.
enum CronFieldKind: CaseIterable {
  case minute, hour, dayOfMonth, month, weekday

  /// As people call it.
  var name: String {
    switch self {
    case .minute: "minute"
    case .hour: "hour"
    case .dayOfMonth: "day of the month"
    case .month: "month"
    case .weekday: "weekday"
    }
  }

  /// What may be written. Both 0 and 7 are Sunday.
  var range: ClosedRange<Int> {
    switch self {
    case .minute: 0...59
    case .hour: 0...23
    case .dayOfMonth: 1...31
    case .month: 1...12
    case .weekday: 0...7
    }
  }

  /// Three-letter names, the first for the lowest value.
  var names: [String] {
    switch self {
    case .minute, .hour, .dayOfMonth: []
    case .month: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
    case .weekday: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
    }
  }
}
