import ClawCore
import ClawStore
import Synchronization

/// Tracks since when this process has been watching due jobs, so that a slot that falls due meanwhile never counts as
/// missed: however many are due at once, and however long deciding takes.
final class MisfireClock: Sendable {
  private struct State {
    /// Slots before this that were not decided are late; nil before the first check.
    var since: Timestamp?
    var lastLook = Timestamp(milliseconds: 0)
    /// When the next round of checks is to begin.
    var nextRound = Timestamp(milliseconds: 0)
    var isInRound = false
    /// Lateness of slots that were seen but could not be decided yet.
    var undecided: [DueJob: Duration] = [:]
  }

  /// Limit of undecided slots kept; beyond it lateness is computed from the clock.
  private static let maxUndecided = 10_000

  private let state = Mutex(State())

  /// Records a successful read of due jobs.
  /// - Parameter grace: A round that begins later than planned by more than this starts a new watch: the process slept,
  ///   the store was out of reach, or the clock was set.
  func looked(at now: Timestamp, grace: Duration) {
    state.withLock { state in
      let isLate = now < state.lastLook || now - max(state.nextRound, state.lastLook) > grace
      if isLate, !state.isInRound { state.since = nil }
      state.since = state.since ?? now
      state.lastLook = now
      state.isInRound = true
    }
  }

  /// A round of checks has ended.
  /// - Parameters:
  ///   - isWhole: Whether all due slots are decided, also by other nodes.
  ///   - next: When the next round begins at the latest.
  func ended(begun: Timestamp, isWhole: Bool, next: Timestamp) {
    state.withLock { state in
      if isWhole, state.since != nil { state.since = max(begun, state.since ?? begun) }
      state.nextRound = next
      state.isInRound = false
    }
  }

  /// A round of checks was interrupted: the store is out of reach.
  func failed() {
    state.withLock { $0.isInRound = false }
  }

  /// The lateness of a slot that was just seen: by how much this process was late.
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
