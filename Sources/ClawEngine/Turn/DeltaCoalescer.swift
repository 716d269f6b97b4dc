import ClawCore
import ClawJSON
import ClawStore
import Synchronization

/// Merges model output between two writes to the log, holds back text that may turn out to be the sentinel, and keeps
/// the released text for an abort.
final class DeltaCoalescer: Sendable {
  enum Piece: Sendable, Hashable {
    case text(String)
    case thinking(String)
    /// The text logged before is void, since this model starts over. `further` is the offset of the attempt from the
    /// run's own.
    case restart(ModelReference, further: Int)

    fileprivate var byteCount: Int {
      switch self {
      case .text(let text), .thinking(let text): text.utf8.count
      case .restart: 0
      }
    }
  }

  /// Limit of bytes pending for the log before the model is held back.
  private static let maxPendingBytes = 64 * 1024

  /// The reader that waits for pieces, and for the time to log them.
  fileprivate struct Reader {
    let continuation: CheckedContinuation<Void, Never>
    /// Nil: `hold` after the first piece.
    let due: ContinuousClock.Instant?
    let hold: Duration
    /// Set once there are pieces that are not due yet.
    var alarm: SharedClock.Alarm?
  }

  private struct State {
    var pieces: [Piece] = []
    var pendingBytes = 0
    /// Text that so far is a prefix of the sentinel, with white space around it.
    var held = ""
    var isHolding = true
    var shown = ""
    /// Whether output of the current attempt was taken for the log.
    var isLogged = false
    /// Whether the model's output of this round is complete.
    var isClosed = false
    var restarts: Int
    var reader: Reader?
    var writers: [CheckedContinuation<Void, Never>] = []
  }

  private let state: Mutex<State>

  /// - Parameter restarts: The number of restarts in the run's earlier rounds.
  init(restarts: Int = 0) {
    state = Mutex(State(restarts: restarts))
  }

  /// The number of restarts in this round and those before it.
  var restarts: Int { state.withLock { $0.restarts } }

  /// Starts over: pending output is dropped, and logged output is void from here on.
  func restart(with model: ModelReference) {
    let writers = state.withLock { state in
      let writers = state.writers
      state.pieces = state.pieces.filter { if case .restart = $0 { true } else { false } }
      if state.isLogged {
        state.restarts += 1
        state.pieces.append(.restart(model, further: state.restarts))
      }
      (state.pendingBytes, state.held, state.shown, state.writers) = (0, "", "", [])
      (state.isHolding, state.isLogged) = (true, false)
      return writers
    }
    wakeReader()
    writers.forEach { $0.resume() }
  }

  /// Adds model output; waits while too much is pending.
  func push(_ event: ModelEvent) async {
    let isFull = state.withLock { state in
      switch event {
      case .text(let text): Self.add(text, to: &state)
      case .thinking(let text): Self.add(.thinking(text), to: &state)
      }
      return state.pendingBytes >= Self.maxPendingBytes
    }
    wakeReader()
    if isFull { await untilRoom() }
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
    case .restart: break
    }
  }

  private static func mayBecomeSilence(_ text: String) -> Bool {
    let trimmed = text.droppingBlanks
    return SystemPrompt.silence.startsWith(trimmed) || SystemPrompt.isSilence(text)
  }

  /// Waits until there are pieces and they are due; false once the output is complete.
  /// - Parameters:
  ///   - due: When to log at the earliest.
  ///   - hold: If `due` is nil, the delay after the first piece.
  func waitForPieces(due: ContinuousClock.Instant? = nil, hold: Duration = .zero) async -> Bool {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        state.withLock { $0.reader = Reader(continuation: continuation, due: due, hold: hold) }
        wakeReader(isCancelled: Task.isCancelled)
      }
    } onCancel: {
      takeReader()?.resume()
    }
    return state.withLock { !$0.isClosed } && !Task.isCancelled
  }

  /// Resumes the reader, or sets an alarm that will. An alarm can find another reader only if its own was resumed, and
  /// that cancels the alarm.
  private func wakeReader(isCancelled: Bool = false) {
    let ready = state.withLock { state -> Reader? in
      guard let reader = state.reader else { return nil }
      if state.isClosed || isCancelled { return state.reader.take() }
      guard !state.pieces.isEmpty, reader.alarm == nil else { return nil }
      let now = ContinuousClock.now
      let due = reader.due ?? now + reader.hold
      if due <= now { return state.reader.take() }
      // Set with the lock held, so that resuming the reader cancels it.
      state.reader?.alarm = SharedClock().schedule(at: due) { [weak self] in self?.takeReader()?.resume() }
      return nil
    }
    ready?.resume()
  }

  private func takeReader() -> Reader? { state.withLock { $0.reader.take() } }

  /// Ends the output of this round: resumes the reader; pending output stays.
  func close() {
    state.withLock { $0.isClosed = true }
    takeReader()?.resume()
  }

  /// Takes the pieces to log next.
  func take() -> [Piece] {
    let (pieces, writers) = state.withLock { state in
      defer {
        if state.pieces.contains(where: \.isSaid) { state.isLogged = true }
        state.pieces = []
        state.pendingBytes = 0
        state.writers = []
      }
      return (state.pieces, state.writers)
    }
    writers.forEach { $0.resume() }
    return pieces
  }

  /// Puts back pieces that could not be logged; they count as pending again, so that the model is held back.
  func putBack(_ pieces: [Piece]) {
    state.withLock { state in
      state.pieces = pieces + state.pieces
      state.pendingBytes += pieces.reduce(0) { $0 + $1.byteCount }
    }
  }

  /// Ends the answer: releases the text held back, unless the whole answer is the sentinel.
  /// - Returns: Whether it is.
  func finish(isLast: Bool) -> Bool {
    close()
    return state.withLock { state in
      let isSilent = isLast && state.isHolding && SystemPrompt.isSilence(state.held)
      if !isSilent, !state.held.isEmpty { Self.add(.text(state.held), to: &state) }
      state.held = ""
      return isSilent
    }
  }

  /// All released text, logged or not.
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

extension DeltaCoalescer.Reader {
  fileprivate func resume() {
    alarm?.cancel()
    continuation.resume()
  }
}

extension DeltaCoalescer.Piece {
  /// Whether the piece is model output.
  fileprivate var isSaid: Bool {
    if case .restart = self { false } else { true }
  }

  fileprivate func event(of record: RunRecord) -> RunEvent.Body {
    switch self {
    case .text(let text): .text(text)
    case .thinking(let text): .thinking(text)
    case .restart(let model, let further):
      .started(
        model: model.model, provider: model.provider, source: record.source,
        attempt: record.attempt + 1 + further)
    }
  }
}

extension RunStep {
  /// A step that logs model output, with further messages and events.
  init(
    _ pieces: [DeltaCoalescer.Piece], of record: RunRecord, messages: [TranscriptMessage.Body] = [],
    then events: [RunEvent.Body] = [], isInTranscript: Bool? = nil, usage: TokenUsage = TokenUsage(), model: String = ""
  ) {
    self.init(
      messages: messages, events: pieces.map { $0.event(of: record) } + events,
      isInTranscript: isInTranscript ?? !messages.isEmpty, usage: usage, model: model)
    for case .restart(_, let further) in pieces { attempt = record.attempt + 1 + further }
  }
}
