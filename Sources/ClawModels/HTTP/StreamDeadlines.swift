import Synchronization

/// Timeouts of a model call. Schedules nothing per piece of the stream, and needs no extra task.
final class StreamDeadlines: Sendable {
  /// What the call is waiting for.
  enum Wait: Sendable, Hashable {
    case firstByte, silence
    /// The end of a complete answer; only the usage is still expected.
    case ending
    /// The end of the body after the end of the stream, so that the connection can be reused.
    case drain

    /// Whether the answer is complete.
    fileprivate var isEnd: Bool { self == .ending || self == .drain }
  }

  private struct State {
    var current: (wait: Wait, since: Duration)?
    /// The scheduled timer: when it fires, and how to cancel it.
    var alarm: (at: Duration, cancel: @Sendable () -> Void)?
    var expired: Wait?
    var isOver = false
    /// Cancels the call.
    var stop: (@Sendable () -> Void)?
  }

  private let ticker: Ticker
  private let timeouts: ModelTimeouts
  private let drainTime: Duration
  private let state = Mutex(State())

  /// - Parameter drainTime: How long to wait for the end of a body.
  init(ticker: Ticker, timeouts: ModelTimeouts, drainTime: Duration) {
    self.ticker = ticker
    self.timeouts = timeouts
    self.drainTime = drainTime
  }

  /// The wait that timed out; nil if none did.
  var expired: Wait? { state.withLock { $0.expired } }

  /// Sets what cancels the call at a timeout. Called at most once.
  func start(stop: @escaping @Sendable () -> Void) {
    let isLate = state.withLock { state in
      state.stop = stop
      return state.expired != nil
    }
    if isLate { stop() }
  }

  /// Starts a wait. The end of an answer is awaited from the first time that this is called for it.
  func begin(_ wait: Wait) {
    let now = ticker.now()
    let deadline = now + limit(of: wait)
    let mustArm = state.withLock { state -> Bool in
      if state.isOver { return false }
      if let current = state.current?.wait, current.isEnd, wait != .drain || current == .drain { return false }
      state.current = (wait, now)
      return (state.alarm?.at ?? .seconds(Int64.max)) > deadline
    }
    if mustArm { arm(at: deadline, now: now) }
  }

  /// Something was received; until the next ``begin(_:)`` the provider is not responsible for the time that passes.
  func pause() {
    state.withLock { state in
      if state.current?.wait.isEnd != true { state.current = nil }
    }
  }

  /// The call has ended: disables all timeouts.
  func end() {
    let cancel = state.withLock { state in
      state.isOver = true
      state.stop = nil
      return state.alarm.take()?.cancel
    }
    cancel?()
  }

  private func arm(at deadline: Duration, now: Duration) {
    let cancel = ticker.schedule(deadline - now) { [weak self] in self?.goOff(at: deadline) }
    let superfluous = state.withLock { state -> (@Sendable () -> Void)? in
      if state.isOver { return cancel }
      defer { state.alarm = (deadline, cancel) }
      return state.alarm?.cancel
    }
    superfluous?()
    // It may have gone off before it was stored, and would then never be set again.
    if ticker.now() >= deadline { goOff(at: deadline) }
  }

  /// Most waits have ended by then, and the current one has a later deadline: reschedules the timer for it.
  private func goOff(at time: Duration) {
    let now = ticker.now()
    let (stop, next) = state.withLock { state -> ((@Sendable () -> Void)?, Duration?) in
      guard !state.isOver, state.expired == nil else { return (nil, nil) }
      if state.alarm?.at == time { state.alarm = nil }
      guard let (wait, since) = state.current else { return (nil, now + min(timeouts.firstByte, timeouts.silence)) }
      let deadline = since + limit(of: wait)
      guard deadline <= now else { return (nil, state.alarm == nil ? deadline : nil) }
      state.expired = wait
      return (state.stop.take(), nil)
    }
    stop?()
    if let next { arm(at: next, now: now) }
  }

  func limit(of wait: Wait) -> Duration {
    switch wait {
    case .firstByte: timeouts.firstByte
    case .silence: timeouts.silence
    case .ending: timeouts.ending
    case .drain: min(drainTime, timeouts.ending)
    }
  }
}
