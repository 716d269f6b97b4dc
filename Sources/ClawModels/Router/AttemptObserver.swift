import ClawCore
import Synchronization

/// Passes pieces on and remembers whether one was shown. Then another attempt first makes void what was shown, as late
/// as it can: with its own first piece, or at its end if it says nothing. One that fails before leaves it as it is.
final class AttemptObserver: Sendable {
  private enum State {
    case nothingShown, shown, void
  }

  private let observer: ModelObserver
  private let state = Mutex(State.nothingShown)

  init(_ observer: ModelObserver) {
    self.observer = observer
  }

  /// Whether no other attempt is possible, because something was shown that can't be taken back.
  var isFinal: Bool { observer.restart == nil && state.withLock { $0 != .nothingShown } }

  func beginAttempt() {
    state.withLock { if $0 == .shown { $0 = .void } }
  }

  func pass(_ event: ModelEvent, from model: ModelReference) async throws {
    try await finish(from: model)
    if try await observer.take(event) { state.withLock { $0 = .shown } }
  }

  /// Makes void what earlier attempts have shown.
  func finish(from model: ModelReference) async throws {
    guard state.withLock({ $0 == .void }) else { return }
    try await observer.restart?(model)
    state.withLock { $0 = .nothingShown }
  }
}
