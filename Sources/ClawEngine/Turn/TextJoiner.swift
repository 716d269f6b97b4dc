import ClawCore
import ClawJSON
import Synchronization

/// Gathers what a model says between two steps to the log, holds back what may turn out to be the sentinel, and
/// remembers what was let through, for an abort.
final class TextJoiner: Sendable {
  enum Piece: Sendable, Hashable {
    case text(String)
    case thinking(String)

    var event: RunEvent.Body {
      switch self {
      case .text(let text): .text(text)
      case .thinking(let text): .thinking(text)
      }
    }

    fileprivate var byteCount: Int {
      switch self {
      case .text(let text), .thinking(let text): text.utf8.count
      }
    }
  }

  /// Bytes that may wait for the log before the model is held back.
  private static let maxPendingBytes = 64 * 1024

  private struct State {
    var pieces: [Piece] = []
    var pendingBytes = 0
    /// Text that so far is the beginning of the sentinel, with white space around it.
    var held = ""
    var isHolding = true
    var shown = ""
    var isFinished = false
    var reader: CheckedContinuation<Void, Never>?
    var writers: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  /// Takes what the model said; waits while too much is pending.
  func push(_ event: ModelEvent) async {
    let reader = state.withLock { state in
      switch event {
      case .text(let text): Self.add(text, to: &state)
      case .thinking(let text): Self.add(.thinking(text), to: &state)
      }
      return state.pieces.isEmpty ? nil : state.reader.take()
    }
    reader?.resume()
    await untilRoom()
  }

  private static func add(_ text: String, to state: inout State) {
    guard state.isHolding else { return add(.text(text), to: &state) }
    state.held += text
    guard !mayBecomeSilence(state.held) else { return }
    state.isHolding = false
    add(.text(state.held), to: &state)
    state.held = ""
  }

  private static func add(_ piece: Piece, to state: inout State) {
    switch (state.pieces.last, piece) {
    case (.text(let before)?, .text(let text)): state.pieces[state.pieces.count - 1] = .text(before + text)
    case (.thinking(let before)?, .thinking(let text)): state.pieces[state.pieces.count - 1] = .thinking(before + text)
    default: state.pieces.append(piece)
    }
    switch piece {
    case .text(let text):
      state.shown += text
      state.pendingBytes += text.utf8.count
    case .thinking(let text): state.pendingBytes += text.utf8.count
    }
  }

  private static func mayBecomeSilence(_ text: String) -> Bool {
    let trimmed = text.droppingBlanks
    return SystemPrompt.silence.startsWith(trimmed) || SystemPrompt.isSilence(text)
  }

  /// Waits until there is something to log; false once the model has finished.
  func waitForPieces() async -> Bool {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isReady = state.withLock { state in
          if !state.pieces.isEmpty || state.isFinished || Task.isCancelled { return true }
          state.reader = continuation
          return false
        }
        if isReady { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.reader.take() }?.resume()
    }
    return state.withLock { !$0.isFinished } && !Task.isCancelled
  }

  /// What is to be logged next.
  func take() -> [Piece] {
    let (pieces, writers) = state.withLock { state in
      defer {
        state.pieces = []
        state.pendingBytes = 0
        state.writers = []
      }
      return (state.pieces, state.writers)
    }
    writers.forEach { $0.resume() }
    return pieces
  }

  /// Puts back what could not be logged; it counts as pending again, so that the model is held back.
  func putBack(_ pieces: [Piece]) {
    state.withLock { state in
      state.pieces = pieces + state.pieces
      state.pendingBytes += pieces.reduce(0) { $0 + $1.byteCount }
    }
  }

  /// The model has said all: lets go of what was held back, unless the whole answer is the sentinel.
  /// - Returns: whether it is.
  func finish(isLast: Bool) -> Bool {
    let (isSilent, reader) = state.withLock { state in
      state.isFinished = true
      let isSilent = isLast && state.isHolding && SystemPrompt.isSilence(state.held)
      if !isSilent, !state.held.isEmpty { Self.add(.text(state.held), to: &state) }
      state.held = ""
      return (isSilent, state.reader.take())
    }
    reader?.resume()
    return isSilent
  }

  /// All text that was let through, logged or not.
  var shown: String { state.withLock { $0.shown } }

  private func untilRoom() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let hasRoom = state.withLock { state in
          if state.pendingBytes < Self.maxPendingBytes || Task.isCancelled { return true }
          state.writers.append(continuation)
          return false
        }
        if hasRoom { continuation.resume() }
      }
    } onCancel: {
      let writers = state.withLock { state in
        defer { state.writers = [] }
        return state.writers
      }
      writers.forEach { $0.resume() }
    }
  }
}
