import Synchronization

/// Notes what a call is waiting for, so that one sleeping task beside it can tell when it has waited too long.
/// Nothing is scheduled per piece of the stream.
final class StreamWatch: Sendable {
  /// What is being waited for.
  enum Wait: Sendable, Hashable {
    case firstByte, silence
  }

  private let ticker: Ticker
  private let timeouts: ModelTimeouts
  private let current = Mutex<(wait: Wait, since: Duration)?>(nil)

  init(ticker: Ticker, timeouts: ModelTimeouts) {
    self.ticker = ticker
    self.timeouts = timeouts
  }

  func begin(_ wait: Wait) {
    let now = ticker.now()
    current.withLock { $0 = (wait, now) }
  }

  /// Something came; until the next ``begin(_:)`` the other side is not to blame for the time that passes.
  func pause() {
    current.withLock { $0 = nil }
  }

  /// Returns when a wait has lasted too long. Wakes at least once per shortest limit, which is often enough: a wait
  /// that begins later ends later than that.
  func expiry() async throws -> Wait {
    let shortest = min(timeouts.firstByte, timeouts.silence)
    while true {
      var nap = shortest
      if let (wait, since) = current.withLock({ $0 }) {
        let left = since + limit(of: wait) - ticker.now()
        if left <= .zero { return wait }
        nap = min(nap, left)
      }
      try await ticker.sleep(nap)
    }
  }

  func limit(of wait: Wait) -> Duration {
    switch wait {
    case .firstByte: timeouts.firstByte
    case .silence: timeouts.silence
    }
  }
}
