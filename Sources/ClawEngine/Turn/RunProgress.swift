import ClawCore
import ClawJSON
import Synchronization

/// The progress of a run on this node, for an end from outside (an abort, a failure).
final class RunProgress: Sendable {
  private struct State {
    var joiner: DeltaCoalescer?
    var openCalls: [ToolCall] = []
    var usage = TokenUsage()
    var iterations = 0
    var model = ""
    var startedAt: Timestamp?
    var mayHaveMore = true
    var lastMessage: Int64 = 0
    /// Estimated input tokens of the current model call.
    var askedTokens = 0
    /// Tokens of the last answer, until that is stored.
    var unspentTokens: Int?
  }

  private let state = Mutex(State())

  func began(at time: Timestamp, usage: TokenUsage, iterations: Int) {
    state.withLock { state in
      state.startedAt = time
      state.usage = usage
      state.iterations = iterations
    }
  }

  /// A round begins; its text goes through the joiner.
  func beginsRound(_ joiner: DeltaCoalescer) {
    state.withLock { $0.joiner = joiner }
  }

  /// A model call begins with about this many input tokens.
  func asks(tokens: Int) {
    state.withLock { $0.askedTokens = tokens }
  }

  /// Tokens to charge to budgets if the run ends now: those of an answer that could not be stored, or an estimate for a
  /// partial one.
  func unspentTokens(partial text: String) -> Int {
    state.withLock { state in
      if let tokens = state.unspentTokens { return tokens }
      return text.isEmpty || state.joiner == nil ? 0 : state.askedTokens + TokenEstimate.tokens(in: text)
    }
  }

  /// A model has answered.
  func replied(_ reply: ModelReply) {
    state.withLock { state in
      let usage = reply.usage ?? TokenUsage()
      state.usage = state.usage + usage
      state.unspentTokens = usage.inputTokens + usage.outputTokens
      state.iterations += 1
      state.model = reply.model.model
    }
  }

  /// The answer of the round is in the transcript; these calls have no result yet.
  func storedReply(openCalls: [ToolCall]) {
    state.withLock { state in
      state.joiner = nil
      state.unspentTokens = nil
      state.openCalls = openCalls
    }
  }

  /// The end of the run is stored.
  func ended(hasMore: Bool) {
    state.withLock { $0.mayHaveMore = hasMore }
  }

  func storedResult(of callID: String) {
    state.withLock { $0.openCalls.removeAll { $0.id.hasSameBytes(as: callID) } }
  }

  /// The run's last row of the transcript so far.
  func stored(upTo message: Int64) {
    state.withLock { $0.lastMessage = max($0.lastMessage, message) }
  }

  /// The last row of the transcript that this run has stored here.
  var lastMessage: Int64 { state.withLock { $0.lastMessage } }

  var joiner: DeltaCoalescer? { state.withLock { $0.joiner } }
  var openCalls: [ToolCall] { state.withLock { $0.openCalls } }
  var usage: TokenUsage { state.withLock { $0.usage } }
  var iterations: Int { state.withLock { $0.iterations } }
  var model: String { state.withLock { $0.model } }
  /// Whether the session may have more queued runs; false only if the store has confirmed it.
  var mayHaveMore: Bool { state.withLock { $0.mayHaveMore } }
  var startedAt: Timestamp? { state.withLock { $0.startedAt } }
}
