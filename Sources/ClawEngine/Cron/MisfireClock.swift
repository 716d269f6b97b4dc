import ClawCore
import ClawStore
import Synchronization

/// Remembers since when this process has looked after what is due, so that no time counts as missed that came while it
/// did: however many come at one moment, and however long it takes to decide them.
final class MisfireClock: Sendable {
  private struct State {
    /// What came before and was not decided is late; nil before the first look.
    var since: Timestamp?
    var lastLook = Timestamp(milliseconds: 0)
    /// When the next round of looks is to begin.
    var nextRound = Timestamp(milliseconds: 0)
    var isInRound = false
    /// How late those were that were seen and could not be decided yet.
    var undecided: [DueJob: Duration] = [:]
  }

  /// Jobs that are remembered while they can't be decided; beyond it they count by the clock.
  private static let maxUndecided = 10_000

  private let state = Mutex(State())

  /// The store was asked what is due, and answered.
  /// - Parameter grace: A round that begins later than planned by more than this is the first of a new watch: the process
  ///   slept, the store was out of reach, or the clock was set.
  func looked(at now: Timestamp, grace: Duration) {
    state.withLock { state in
      let isLate = now < state.lastLook || now - max(state.nextRound, state.lastLook) > grace
      if isLate, !state.isInRound { state.since = nil }
      state.since = state.since ?? now
      state.lastLook = now
      state.isInRound = true
    }
  }

  /// A round of looks has ended.
  /// - Parameters:
  ///   - isWhole: Whether all that was due is decided, also by other nodes.
  ///   - next: When the next one begins at the latest.
  func ended(begun: Timestamp, isWhole: Bool, next: Timestamp) {
    state.withLock { state in
      if isWhole, state.since != nil { state.since = max(begun, state.since ?? begun) }
      state.nextRound = next
      state.isInRound = false
    }
  }

  /// A round of looks was cut off: the store is out of reach.
  func failed() {
    state.withLock { $0.isInRound = false }
  }

  /// How late a time is that was just seen: by how much this process came too late for it.
  func lateness(of due: DueJob, now: Timestamp) -> Duration {
    state.withLock { state in
      if let known = state.undecided[due] { return known }
      let late = max(.zero, (state.since ?? now) - due.slot)
      if state.undecided.count < Self.maxUndecided { state.undecided[due] = late }
      return late
    }
  }

  func decided(_ due: DueJob) {
    state.withLock { $0.undecided[due] = nil }
  }
}
