import ClawCore

/// A type-erased clock: elapsed time and sleeping.
struct Ticker: Sendable {
  /// Since the ticker was created.
  let now: @Sendable () -> Duration
  /// Throws early when the task is cancelled.
  let sleep: @Sendable (Duration) async throws -> Void
  /// Runs a short action after a delay; returns a cancel function.
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
      // Other clocks only support sleeping. The task is owned by the holder of the cancel function.
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
