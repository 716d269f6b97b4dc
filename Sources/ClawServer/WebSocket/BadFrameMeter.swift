/// Counts invalid frames in a sliding window.
struct BadFrameMeter {
  private let limit: Int
  private let window: Duration
  /// At most `limit + 1`.
  private var times: [ContinuousClock.Instant] = []

  init(limit: Int, window: Duration) {
    self.limit = limit
    self.window = window
  }

  /// Records one; true if there were more than `limit` within the window.
  mutating func note(at now: ContinuousClock.Instant) -> Bool {
    times.removeAll { $0.duration(to: now) >= window }
    times.append(now)
    return times.count > limit
  }
}
