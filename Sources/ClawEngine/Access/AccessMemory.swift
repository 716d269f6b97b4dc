import Synchronization

/// What was found out about credentials a moment ago, so that a client which sends many requests does not make as many
/// reads. A change on this node empties it, one on another node is seen when an entry has grown old.
final class AccessMemory<Question: Hashable & Sendable, Answer: Sendable>: Sendable {
  private struct Entry {
    let answer: Answer
    let until: ContinuousClock.Instant
  }

  private struct State {
    var entries: [Question: Entry] = [:]
    var generation = 0
  }

  /// Answers that are remembered; beyond it all are forgotten, which costs a read each.
  private static var maxEntries: Int { 20_000 }

  private let lifetime: Duration
  private let state = Mutex(State())

  init(lifetime: Duration) {
    self.lifetime = lifetime
  }

  /// The answer to a question, asked anew if it is not known; "none" is asked anew each time. An answer that was on its
  /// way while something changed is given, but not remembered.
  func answer(to question: Question, _ ask: () async throws -> Answer?) async throws -> Answer? {
    let (known, generation) = state.withLock { state -> (Answer?, Int) in
      let entry = state.entries[question].flatMap { $0.until > .now ? $0 : nil }
      return (entry?.answer, state.generation)
    }
    if let known { return known }
    guard let answer = try await ask() else { return nil }
    state.withLock { state in
      guard state.generation == generation else { return }
      if state.entries.count >= Self.maxEntries { state.entries = [:] }
      state.entries[question] = Entry(answer: answer, until: .now + lifetime)
    }
    return answer
  }

  func forget() {
    state.withLock { state in
      state.entries = [:]
      state.generation += 1
    }
  }
}
