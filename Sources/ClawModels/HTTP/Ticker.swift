/// A clock with its types forgotten: what is needed here is the time that passed, and a way to wait.
struct Ticker: Sendable {
  /// Since the ticker was made.
  let now: @Sendable () -> Duration
  /// Ends early, throwing, when the task is cancelled.
  let sleep: @Sendable (Duration) async throws -> Void

  init(_ clock: some Clock<Duration>) {
    let start = clock.now
    now = { start.duration(to: clock.now) }
    sleep = { try await clock.sleep(for: $0) }
  }
}
