import ClawCore

/// A clock with its types forgotten: what is needed here is the time that passed, and a way to wait.
struct Ticker: Sendable {
  /// Since the ticker was made.
  let now: @Sendable () -> Duration
  /// Ends early, throwing, when the task is cancelled.
  let sleep: @Sendable (Duration) async throws -> Void
  /// Has a short action done after a while; returns what takes it back.
  let schedule: @Sendable (Duration, @escaping @Sendable () -> Void) -> @Sendable () -> Void

  init(_ clock: some Clock<Duration>) {
    let start = clock.now
    now = { start.duration(to: clock.now) }
    sleep = { try await clock.sleep(for: $0) }
    if clock is SharedClock {
      schedule = { delay, action in
        let alarm = SharedClock().schedule(at: .now + delay, action)
        return { alarm.cancel() }
      }
    } else {
      // Another clock can only be slept by. The task belongs to whoever holds the way to take it back.
      schedule = { delay, action in
        let task = OwnedTask {
          guard (try? await clock.sleep(for: delay)) != nil else { return }
          action()
        }
        return { task.cancel() }
      }
    }
  }
}
