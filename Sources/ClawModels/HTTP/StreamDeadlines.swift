import Synchronization

/// Limits what a call of a model waits for, and says when a limit is over. Nothing is scheduled per piece of the stream,
/// and no task waits beside the call.
final class StreamDeadlines: Sendable {
  /// What is being waited for.
  enum Wait: Sendable, Hashable {
    case firstByte, silence
    /// The end of an answer that is complete; what may still come is the usage.
    case ending
    /// The end of the body of an answer behind which nothing more comes, so that the connection can be reused.
    case drain

    /// Whether the answer is complete.
    fileprivate var isEnd: Bool { self == .ending || self == .drain }
  }

  private struct State {
    var current: (wait: Wait, since: Duration)?
    /// When the alarm goes off that is set, and how to take it back.
    var alarm: (at: Duration, cancel: @Sendable () -> Void)?
    var expired: Wait?
    var isOver = false
    /// Ends the call.
    var stop: (@Sendable () -> Void)?
  }

  private let ticker: Ticker
  private let timeouts: ModelTimeouts
  private let drainTime: Duration
  private let state = Mutex(State())

  /// - Parameter drainTime: How long the end of a body is waited for.
  init(ticker: Ticker, timeouts: ModelTimeouts, drainTime: Duration) {
    self.ticker = ticker
    self.timeouts = timeouts
    self.drainTime = drainTime
  }

  /// The limit that was passed; nil if none was.
  var expired: Wait? { state.withLock { $0.expired } }

  /// What ends the call when a limit is passed. Called at most once.
  func start(stop: @escaping @Sendable () -> Void) {
    let isLate = state.withLock { state in
      state.stop = stop
      return state.expired != nil
    }
    if isLate { stop() }
  }

  /// Waits for something from now on. The end of an answer is waited for from when that was first said.
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

  /// Something came; until the next ``begin(_:)`` the other side is not to blame for the time that passes.
  func pause() {
    state.withLock { state in
      if state.current?.wait.isEnd != true { state.current = nil }
    }
  }

  /// The call is over: no limit counts any more.
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
  }

  /// Most waits are over by then, and a later one has a later limit: the alarm is set again for that.
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
