import ClawCore
import ClawJSON
import DequeModule
import Synchronization

/// Rate limits failed authentication. Valid credentials never pass through it, so nobody can be locked out by another
/// client's guesses.
final class CredentialThrottle: Sendable {
  typealias Instant = ContinuousClock.Instant

  /// The penalty for a wrong credential.
  struct Penalty: Sendable, Hashable {
    /// Delay of the answer.
    var delay: Duration
    /// When another attempt would be answered at once.
    var retryAfter: Duration
  }

  /// The failures of one address, or of all.
  private struct Ledger {
    /// The latest failures within the window, oldest first; at most the limit.
    var times: Deque<Instant> = []
    /// Consecutive failures over the limit.
    var excess = 0

    mutating func note(at now: Instant, limit: Int, window: Duration) -> (excess: Int, left: Duration)? {
      while let oldest = times.first, oldest.duration(to: now) >= window { times.removeFirst() }
      guard times.count >= limit, let oldest = times.first else {
        times.append(now)
        excess = 0
        return nil
      }
      times.removeFirst()
      times.append(now)
      excess += 1
      return (excess, window - oldest.duration(to: now))
    }
  }

  private struct State {
    var byAddress: UTF8Dictionary<Ledger> = [:]
    var all = Ledger()
  }

  /// Addresses tracked; beyond it the ones idle longest are evicted, but still count in the total.
  static let maxAddresses = 10_000

  private let limits: ServerLimits
  private let timing: ServerTiming
  private let state = Mutex(State())

  init(limits: ServerLimits, timing: ServerTiming) {
    self.limits = limits
    self.timing = timing
  }

  /// Number of addresses tracked now.
  var addressCount: Int { state.withLock { $0.byAddress.count } }

  /// Records a wrong credential; nil if there is no penalty yet.
  func failed(from address: String, at now: Instant) -> Penalty? {
    let overruns = state.withLock { state in
      if state.byAddress[address] == nil, state.byAddress.count >= Self.maxAddresses { forgetQuiet(&state, at: now) }
      let own = state.byAddress[address, default: Ledger()].note(
        at: now, limit: limits.authFailureLimit, window: timing.authFailureWindow)
      let all = state.all.note(at: now, limit: limits.authFailureTotal, window: timing.authFailureWindow)
      return [own, all].compactMap(\.self)
    }
    return overruns.map { penalty(excess: $0.excess, left: $0.left) }.max { $0.delay < $1.delay }
  }

  /// The error for a wrong credential, after the penalty's delay.
  func refusal(_ message: String, from address: String) async -> ClawError {
    guard let penalty = failed(from: address, at: .now) else { return ClawError(.unauthorized, message) }
    try? await Task.sleep(for: penalty.delay)
    return ClawError(
      .unauthorized, message + "; too many wrong credentials were sent, so this answer took its time",
      retryAfter: penalty.retryAfter)
  }

  /// The error for an unknown client without a free slot, after the penalty's delay. It does not reveal whether a
  /// tenant of that name exists.
  func noPlace(from address: String) async -> ClawError {
    let penalty = failed(from: address, at: .now)
    if let penalty { try? await Task.sleep(for: penalty.delay) }
    return ClawError(
      .resourceExhausted, "too many pairing requests are pending; an admin can approve or refuse them",
      retryAfter: max(penalty?.retryAfter ?? .zero, Self.placeRetry))
  }

  /// When a slot may be free again.
  private static let placeRetry = Duration.seconds(30)

  /// Doubles with each further failure, up to the cap.
  private func penalty(excess: Int, left: Duration) -> Penalty {
    let delay = min(timing.authDelay * (1 << min(excess - 1, 20)), timing.authDelayCap)
    return Penalty(delay: delay, retryAfter: max(left, delay))
  }

  private func forgetQuiet(_ state: inout State, at now: Instant) {
    state.byAddress = state.byAddress.filter { ledger in
      ledger.value.times.last.map { $0.duration(to: now) < timing.authFailureWindow } ?? false
    }
    guard state.byAddress.count >= Self.maxAddresses else { return }
    // All are active: evict half at once, so that this is rare.
    let newest = state.byAddress.sorted { left, right in
      (left.value.times.last ?? now) > (right.value.times.last ?? now)
    }
    state.byAddress = UTF8Dictionary(newest.prefix(Self.maxAddresses / 2).map { ($0.key, $0.value) })
  }
}
