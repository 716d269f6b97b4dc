import ClawCore
import ClawStore

/// One step of a turn: calls a model and logs its output while it streams.
struct CallModel: Sendable {
  let models: any ModelService
  let writer: RunWriter
  /// How long text deltas are merged before they get a sequence number.
  let textJoin: Duration

  /// Returns the whole answer; output that is not logged yet stays in `joiner`.
  func callAsFunction(
    _ request: ModelRequest, candidates: [ModelReference], options: RunOptions, joiner: DeltaCoalescer
  ) async throws -> ModelReply {
    guard options.stream || options.thinking else {
      return try await models.reply(to: request, from: candidates, observer: .silent)
    }
    let observer = observer(options, joiner)
    async let reply = reply(to: request, from: candidates, observer, joiner)
    // Ends with the model. A write in progress is finished; pending output stays for the step that stores the answer.
    try await log(joiner)
    return try await reply
  }

  private func reply(
    to request: ModelRequest, from candidates: [ModelReference], _ observer: ModelObserver, _ joiner: DeltaCoalescer
  ) async throws -> ModelReply {
    defer { joiner.close() }
    return try await models.reply(to: request, from: candidates, observer: observer)
  }

  /// Collects the output that the run's watchers may see. If it becomes void, another attempt of the run begins; an
  /// edge that can't retract what it has sent ends there.
  private func observer(_ options: RunOptions, _ joiner: DeltaCoalescer) -> ModelObserver {
    ModelObserver(
      take: { event in
        switch event {
        case .text: guard options.stream else { return false }
        case .thinking: guard options.thinking else { return false }
        }
        await joiner.push(event)
        try Task.checkCancellation()
        return true
      }, restart: { joiner.restart(with: $0) })
  }

  /// The longest that the first text of an answer is held back: a model that answers all at once has finished by then,
  /// and its text is stored with the end of the run instead of in a write of its own.
  private static let longestHold: Duration = .milliseconds(1)

  /// Logs the first text after a pause at once, except the very first, and further text at most every ``textJoin``.
  private func log(_ joiner: DeltaCoalescer) async throws {
    var last: ContinuousClock.Instant?
    while await joiner.waitForPieces(due: last.map { $0 + textJoin }, hold: min(Self.longestHold, textJoin)) {
      let pieces = joiner.take()
      guard !pieces.isEmpty else { continue }
      do {
        try await writer.write(RunStep(pieces, of: writer.record))
      } catch {
        joiner.putBack(pieces)
        if error is CancellationError { return }
        throw error
      }
      FaultPoint.textStored.reached()
      last = .now
    }
  }
}
