import ClawCore
import Synchronization

/// Forwards pieces and records whether one was shown. A further attempt then first voids what was shown, as late as
/// possible: with its own first piece, or at its end if it has none. An attempt that fails before that leaves the text
/// in place.
final class AttemptObserver: Sendable {
  private enum State {
    case nothingShown, shown, void
  }

  private let observer: ModelObserver
  private let state = Mutex(State.nothingShown)

  init(_ observer: ModelObserver) {
    self.observer = observer
  }

  /// Whether no further attempt is possible, because pieces were shown that can't be voided.
  var isFinal: Bool { observer.restart == nil && state.withLock { $0 != .nothingShown } }

  func beginAttempt() {
    state.withLock { if $0 == .shown { $0 = .void } }
  }

  func pass(_ event: ModelEvent, from model: ModelReference) async throws {
    try await finish(from: model)
    if try await observer.take(event) { state.withLock { $0 = .shown } }
  }

  /// Voids what earlier attempts have shown.
  func finish(from model: ModelReference) async throws {
    guard state.withLock({ $0 == .void }) else { return }
    try await observer.restart?(model)
    state.withLock { $0 = .nothingShown }
  }
}
