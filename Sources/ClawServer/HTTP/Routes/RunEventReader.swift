import ClawCore
import DequeModule

/// The events of one run, read once however often the reading is interrupted: what was looked at before the answer
/// began is handed out again, so the log is not read a second time.
actor RunEventReader {
  private let run: RunID
  private var iterator: RunEventSequence.Iterator
  /// Read and not handed out. While the answer has not begun it holds what came in that time, later one at most.
  private var pending: Deque<RunEvent> = []
  private var hasEnded = false

  init(_ accepted: AcceptedRun, from feed: any EventFeed) {
    run = accepted.run
    iterator = feed.events(of: accepted.address, after: accepted.headSeq).makeAsyncIterator()
  }

  /// Waits until there is an event to take. Nothing is lost by cancelling it.
  /// - Returns: false when there will be none; after a cancellation that says nothing.
  func fill() async throws -> Bool {
    if !pending.isEmpty { return true }
    return try await fetch()
  }

  /// The next event, without waiting.
  func take() -> RunEvent? { pending.popFirst() }

  /// Looks ahead until something is said or the run ends, and gives back why it failed if that is all there is.
  func failureBeforeText() async throws -> RunFailure? {
    var looked = 0
    while true {
      if looked == pending.count {
        guard try await fetch() else { return nil }
      }
      switch pending[looked].body {
      case .failed(let failure): return failure
      case .text, .toolCall, .completed: return nil
      default: looked += 1
      }
    }
  }

  private func fetch() async throws -> Bool {
    if hasEnded { return false }
    var ahead = iterator
    while let event = try await ahead.next() {
      iterator = ahead
      guard event.run == run else { continue }
      pending.append(event)
      return true
    }
    if !Task.isCancelled { hasEnded = true }
    return false
  }
}
