import ClawCore
import DequeModule

/// Reads the events of one run, each once: events inspected before the response starts are returned again, so that the
/// log is not read twice.
actor RunEventReader {
  private let run: RunID
  private var iterator: RunEventSequence.Iterator
  /// Read but not returned. Before the response starts it holds all events of that time, afterwards at most one.
  private var pending: Deque<RunEvent> = []
  private var hasEnded = false

  init(_ accepted: AcceptedRun, from feed: any EventFeed) {
    run = accepted.run
    iterator = feed.events(of: accepted.address, after: accepted.headSeq).makeAsyncIterator()
  }

  /// Waits until an event is available. Cancellation loses no events.
  /// - Returns: false if there will be none; meaningless after cancellation.
  func fill() async throws -> Bool {
    if !pending.isEmpty { return true }
    return try await fetch()
  }

  /// The next event, without waiting.
  func take() -> RunEvent? { pending.popFirst() }

  /// Reads ahead until there is text or the run ends; returns the failure if the run failed before any text.
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
