import Dispatch
import HeapModule
import Synchronization

/// The continuous clock with a single shared timer. `Task.sleep` creates and destroys a timer per call: for timeouts
/// that are hardly ever reached, such as those of every model call, that would be their main cost.
public struct SharedClock: Clock {
  public typealias Instant = ContinuousClock.Instant

  fileprivate static let timer = SharedTimer()

  public init() {}

  public var now: Instant { .now }
  public var minimumResolution: Duration { .milliseconds(1) }

  /// Ends up to a millisecond late; for a second or more, up to 64.
  /// - Throws: `CancellationError`, at once when the task is cancelled.
  public func sleep(until deadline: Instant, tolerance: Duration?) async throws {
    try await Self.timer.sleep(until: deadline)
  }

  /// A scheduled action.
  public struct Alarm: Sendable {
    fileprivate let id: Int
    fileprivate let time: Int64

    /// Cancels the action, unless it is already running.
    public func cancel() { SharedClock.timer.cancel(self) }
  }

  /// Runs an action at a time, with the accuracy of ``sleep(until:tolerance:)``: for timeouts that are hardly ever
  /// reached, without a waiting task.
  /// - Parameter action: Short and non-blocking: it delays all other alarms.
  public func schedule(at deadline: Instant, _ action: @escaping @Sendable () -> Void) -> Alarm {
    Self.timer.schedule(at: deadline, action)
  }
}

/// Wakes waiters, grouped by the millisecond of their deadline.
///
/// `@unchecked Sendable`: `source` is set up in the initializer, and then accessed with `state` held.
private final class SharedTimer: @unchecked Sendable {
  private enum Waiter {
    case task(CheckedContinuation<Void, any Error>)
    case action(@Sendable () -> Void)
  }

  private struct State {
    var waiters: [Int64: [Int: Waiter]] = [:]
    /// The keys of `waiters`, possibly including removed ones.
    var times = Heap<Int64>()
    var nextID = 0
    /// When the timer fires; nil if it is not set.
    var armed: Int64?
  }

  /// Waits of a second or more are rounded, so that the deadlines of many finished calls occupy few entries.
  private static let (longWait, longStep): (Int64, Int64) = (1000, 64)

  private let start = ContinuousClock.now
  private let queue = DispatchQueue(label: "swiftclaw.timer", qos: .userInitiated)
  private let source: any DispatchSourceTimer
  private let state = Mutex(State())

  init() {
    source = DispatchSource.makeTimerSource(queue: queue)
    source.setEventHandler { [weak self] in self?.goOff() }
    source.activate()
  }

  func sleep(until deadline: ContinuousClock.Instant) async throws {
    let time = wakingTime(for: deadline)
    let id = newID()
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { waiter in
        add(.task(waiter), id, at: time)
        // If the task was cancelled before it was registered, the cancellation handler did not find it.
        if Task.isCancelled { cancelSleep(id, at: time) }
      }
    } onCancel: {
      cancelSleep(id, at: time)
    }
  }

  private func cancelSleep(_ id: Int, at time: Int64) {
    if case .task(let waiter) = remove(id, at: time) { waiter.resume(throwing: CancellationError()) }
  }

  func schedule(at deadline: ContinuousClock.Instant, _ action: @escaping @Sendable () -> Void) -> SharedClock.Alarm {
    let alarm = SharedClock.Alarm(id: newID(), time: wakingTime(for: deadline))
    add(.action(action), alarm.id, at: alarm.time)
    return alarm
  }

  func cancel(_ alarm: SharedClock.Alarm) { _ = remove(alarm.id, at: alarm.time) }

  private func newID() -> Int {
    state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
  }

  private func wakingTime(for deadline: ContinuousClock.Instant) -> Int64 {
    let time = milliseconds(until: deadline) + 1
    guard time - milliseconds(until: .now) > Self.longWait else { return time }
    return (time / Self.longStep + 1) * Self.longStep
  }

  private func milliseconds(until instant: ContinuousClock.Instant) -> Int64 {
    let (seconds, attoseconds) = start.duration(to: instant).components
    // Far beyond the lifetime of a process, and far from overflow.
    return min(max(seconds, 0), 1 << 40) * 1000 + attoseconds / 1_000_000_000_000_000
  }

  private func add(_ waiter: Waiter, _ id: Int, at time: Int64) {
    state.withLock { state in
      if state.waiters[time] == nil {
        state.times.insert(time)
        arm(for: time, &state)
      }
      state.waiters[time, default: [:]][id] = waiter
    }
  }

  /// The time stays in the heap: finding it empty later costs less than removing it.
  private func remove(_ id: Int, at time: Int64) -> Waiter? {
    state.withLock { $0.waiters[time]?.removeValue(forKey: id) }
  }

  private func arm(for time: Int64, _ state: inout State) {
    if let armed = state.armed, armed <= time { return }
    state.armed = time
    let wait = max(0, time - milliseconds(until: .now))
    source.schedule(deadline: .now() + .milliseconds(Int(wait)), leeway: .nanoseconds(0))
  }

  private func goOff() {
    let due = state.withLock { state -> [Waiter] in
      state.armed = nil
      let now = milliseconds(until: .now)
      var due: [Waiter] = []
      while let time = state.times.min {
        let waiters = state.waiters[time] ?? [:]
        guard time <= now || waiters.isEmpty else {
          arm(for: time, &state)
          break
        }
        state.times.removeMin()
        state.waiters[time] = nil
        due += waiters.values
      }
      return due
    }
    for waiter in due {
      switch waiter {
      case .task(let continuation): continuation.resume()
      case .action(let action): action()
      }
    }
  }
}
