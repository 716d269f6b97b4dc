import ClawCore
import ClawJSON
import ClawStore
import Logging
import Synchronization

/// One step of a turn: runs the tools that a model called, some concurrently, and stores each result as it arrives.
struct RunTools: Sendable {
  let tools: ToolSet
  let writer: RunWriter
  let progress: RunProgress
  let workspace: Workspace
  let round: RoundCalls
  let redactor: @Sendable () async throws -> SecretRedactor
  let timeout: Duration
  /// How long a cancelled tool has to end before it is abandoned.
  let stopTimeout: Duration
  let work: DetachedWork
  let time: TimeSource

  /// Concurrent tools of one round.
  static let maxAtOnce = 8
  /// Limit of calls run in one round; further ones get an error as their result.
  static let maxCalls = 128

  /// Limit of a result's preview in an event, in characters.
  static let maxPreview = 500

  /// A call whose tool is to run.
  struct Due: Sendable {
    let call: ToolCall
    /// The approval, if the call waited for one.
    var approval: ToolApproval?
  }

  /// A call with its outcome, whether or not its tool ran.
  struct Finished: Sendable {
    enum Outcome: Sendable {
      case result(ToolResult, ToolCallState)
      case waits(ToolWait)
    }

    let call: ToolCall
    let outcome: Outcome
    /// When its tool started; nil if it did not run.
    var begun: Timestamp?
    var took: Duration = .zero

    /// A call that gets its result without its tool.
    init(_ call: ToolCall, _ result: ToolResult, _ state: ToolCallState) {
      (self.call, outcome) = (call, .result(result, state))
    }

    init(_ call: ToolCall, _ outcome: Outcome, begun: Timestamp, took: Duration) {
      (self.call, self.outcome, self.begun, self.took) = (call, outcome, begun, took)
    }
  }

  /// Runs calls. Returns once each has its result, or waits.
  func callAsFunction(_ calls: [Due]) async throws {
    try await store(calls.dropFirst(Self.maxCalls).map { Finished($0.call, Self.tooManyCalls, .done) })
    var waiting = calls.prefix(Self.maxCalls)
    let first = waiting.prefix(Self.maxAtOnce)
    waiting = waiting.dropFirst(Self.maxAtOnce)
    try await start(first.map(\.call))
    // Calls that finish while results are stored are stored together next.
    let finished = FinishedCalls()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for call in first { group.addTask { finished.add(try await finish(call)) } }
      while try await group.next() != nil {
        let results = finished.takeAll()
        let next = waiting.prefix(results.count)
        waiting = waiting.dropFirst(results.count)
        try await store(results, starting: next.map(\.call))
        for call in next { group.addTask { finished.add(try await finish(call)) } }
      }
    }
  }

  /// Results that are not stored yet: at most as many as concurrent tools.
  private final class FinishedCalls: Sendable {
    private let calls = Mutex<[Finished]>([])

    func add(_ call: Finished) { calls.withLock { $0.append(call) } }

    func takeAll() -> [Finished] {
      calls.withLock { calls in
        defer { calls = [] }
        return calls
      }
    }
  }

  private static let tooManyCalls = ToolResult(
    content: "not run: at most \(maxCalls) calls are run at a time; call the tool again", isError: true)

  private func finish(_ due: Due) async throws -> Finished {
    let begun = time.now
    let outcome = try await run(due)
    return Finished(due.call, outcome, begun: begun, took: time.now - begun)
  }

  /// Calls whose start must be recorded for a restart. The record costs an extra write for the first calls of a round,
  /// so repeatable calls have none: they are run again whether or not they were started.
  private func toStart(_ calls: [ToolCall]) -> [ToolCall] {
    calls.filter { !tools.effect(of: $0).mayRepeat }
  }

  private func start(_ calls: [ToolCall]) async throws {
    let calls = toStart(calls)
    guard !calls.isEmpty else { return }
    var step = RunStep()
    (step.round, step.calls) = (round.round, [.started(calls.map(\.id))])
    try await writer.write(step)
  }

  /// Stores results and waits of calls as one step, including results of calls that are not run.
  /// - Parameter next: Calls whose tools run next.
  func store(_ results: [Finished], starting next: [ToolCall] = []) async throws {
    guard !results.isEmpty else { return }
    // With the secrets at the time of storing: a tool may take long.
    let redactor = try await redactor()
    var step = RunStep(isInTranscript: true)
    var closed: [String] = []
    for finished in results {
      guard case .result(let result, _) = finished.outcome else { continue }
      let call = finished.call
      let clean = shown(result, of: call, by: redactor)
      step.messages.append(.tool(callID: call.id, clean))
      step.events.append(
        .toolResult(
          id: call.id, name: call.name, isError: clean.isError,
          preview: String(clean.contentWithNotes.prefix(Self.maxPreview)),
          durationMs: max(0, finished.took.milliseconds)))
      closed.append(call.id)
    }
    (step.round, step.calls) = (round.round, round.changes(by: results))
    let starting = toStart(next)
    if !starting.isEmpty { step.calls.append(.started(starting.map(\.id))) }
    let message = try await writer.write(step)
    progress.stored(upTo: message)
    for call in closed { progress.storedResult(of: call) }
    FaultPoint.toolResultStored.reached()
  }

  /// The stored form of a result: its text, truncated and redacted, and a limited number of images and files.
  private func shown(_ result: ToolResult, of call: ToolCall, by redactor: SecretRedactor) -> ToolResult {
    let text = Self.shortened(result.content, to: resultBytes(of: call), by: redactor)
    let media = result.parts.filter { $0.media != nil }
    guard !media.isEmpty else { return ToolResult(content: text, isError: result.isError) }
    let limit = writer.engine.configuration.media.maxParts
    let note = media.count > limit ? "[\(media.count) images and files in all, the first \(limit) are shown]" : ""
    let texts = [text, note].filter { !$0.isEmpty }.map(ContentPart.text)
    return ToolResult(parts: texts + media.prefix(limit), isError: result.isError)
  }

  private func resultBytes(of call: ToolCall) -> Int {
    tools[call.name]?.spec.limits.resultBytes ?? ToolLimits.maxResultBytes
  }

  /// Truncates first, so that no tool can cause an unbounded search.
  private static func shortened(_ text: String, to limit: Int, by redactor: SecretRedactor) -> String {
    let head = redactor.redact(text, first: limit)
    guard text.utf8.count > limit else { return head }
    return head + "\n[shortened: \(text.utf8.count) bytes in all, the first \(limit) are shown]"
  }
}

extension ToolSet {
  /// The effect of a call's tool; an unknown tool has none.
  func effect(of call: ToolCall) -> ToolEffect { self[call.name]?.spec.effect ?? .reads }
}
