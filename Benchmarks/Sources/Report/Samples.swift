/// Durations in nanoseconds.
struct Samples: Sendable {
  private(set) var values: [Int64] = []

  mutating func add(_ value: Int64) {
    values.append(value)
  }

  mutating func add(_ others: Samples) {
    values += others.values
  }

  var count: Int { values.count }

  /// In milliseconds; the value that a share of all samples does not exceed. 0 if there are none.
  func percentile(_ share: Double) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return 0 }
    let index = Int((Double(sorted.count) * share).rounded(.up)) - 1
    return Double(sorted[min(max(0, index), sorted.count - 1)]) / 1_000_000
  }

  var median: Double { percentile(0.5) }
  var p99: Double { percentile(0.99) }
}
