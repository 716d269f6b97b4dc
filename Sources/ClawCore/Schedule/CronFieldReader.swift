import ClawJSON

/// Parses one field of a cron expression: values, ranges, steps and lists of them.
struct CronFieldReader {
  let kind: CronFieldKind
  let text: Substring

  func read() throws(CronExpressionError) -> CronField {
    var values: UInt64 = 0
    for part in text.split(at: ",", omittingEmpty: false) { values |= try read(part) }
    if kind == .weekday, values >> 7 & 1 == 1 { values = values & 0x7F | 1 }
    return CronField(values: values, isOpen: text.startsWith("*"))
  }

  private func read(_ part: Substring) throws(CronExpressionError) -> UInt64 {
    let halves = part.split(at: "/", maxSplits: 1, omittingEmpty: false)
    let step = halves.count == 2 ? try readStep(halves[1]) : nil
    let range = try readRange(halves[0], isStepped: step != nil)
    var values: UInt64 = 0
    for value in stride(from: range.lowerBound, through: range.upperBound, by: step ?? 1) { values |= 1 << value }
    return values
  }

  private func readStep(_ text: Substring) throws(CronExpressionError) -> Int {
    // A step larger than the field would be misleading.
    let most = kind == .weekday ? 7 : kind.range.count
    guard let step = Self.number(text), (1...most).contains(step) else {
      throw problem("a step is a number from 1 to \(most), not \"\(text)\"")
    }
    return step
  }

  private func readRange(_ text: Substring, isStepped: Bool) throws(CronExpressionError) -> ClosedRange<Int> {
    let full = kind == .weekday ? 0...6 : kind.range
    if text == "*" { return full }
    let ends = text.split(at: "-", maxSplits: 1, omittingEmpty: false)
    let first = try readValue(ends[0])
    guard ends.count == 2 else { return isStepped ? first...max(first, full.upperBound) : first...first }
    var last = try readValue(ends[1])
    // A range of weekdays may end with Sunday, in either form.
    if kind == .weekday, last == 0, first > 0 { last = 7 }
    guard first <= last else { throw problem("the range \"\(text)\" goes backwards") }
    return first...last
  }

  private func readValue(_ text: Substring) throws(CronExpressionError) -> Int {
    if let value = Self.number(text), kind.range.contains(value) { return value }
    let upper = text.uppercased()
    if let index = kind.names.firstIndex(of: upper) { return index + (kind == .month ? 1 : 0) }
    let names = kind.names.isEmpty ? "" : " or a name such as \(kind.names[1])"
    throw problem("\"\(text)\" is not a number from \(kind.range.lowerBound) to \(kind.range.upperBound)\(names)")
  }

  /// Up to four ASCII digits, no sign.
  private static func number(_ text: Substring) -> Int? {
    guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
    return Int(text)
  }

  private func problem(_ what: String) -> CronExpressionError {
    CronExpressionError(message: "in the field for the \(kind.name): \(what)")
  }
}
