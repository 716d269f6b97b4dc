import ClawCore
import ClawJSON
import ClawStore
import Logging
import Synchronization

/// One step of a turn: runs the tools that a model asked for, some side by side, and stores each result as it comes.
struct RunTools: Sendable {
  let tools: ToolSet
  let writer: RunWriter
  let progress: RunProgress
  /// Absolute path of the agent's own folder.
  let workspace: String
  let round: RoundCalls
  let redactor: @Sendable () async throws -> SecretRedactor
  let timeout: Duration
  /// How long a tool that was cancelled may take to end before it is abandoned.
  let stopTimeout: Duration
  let work: DetachedWork
  let time: TimeSource

  /// Tools that run at once for one round.
  static let maxAtOnce = 8
  /// Calls of one round that are run; further ones get an error as their result.
  static let maxCalls = 128

  /// Longest preview of a result in an event, in characters.
  static let maxPreview = 500

  /// Runs calls. Returns once each has its result.
  func callAsFunction(_ calls: [ToolCall]) async throws {
    try await store(calls.dropFirst(Self.maxCalls).map { Finished(call: $0, result: Self.tooManyCalls) })
    var waiting = calls.prefix(Self.maxCalls)
    let first = waiting.prefix(Self.maxAtOnce)
    waiting = waiting.dropFirst(Self.maxAtOnce)
    try await start(Array(first))
    // What finishes while results are stored is stored together next.
    let finished = FinishedCalls()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for call in first { group.addTask { finished.add(try await finish(call)) } }
      while try await group.next() != nil {
        let results = finished.takeAll()
        let next = waiting.prefix(results.count)
        waiting = waiting.dropFirst(results.count)
        try await store(results, starting: Array(next))
        for call in next { group.addTask { finished.add(try await finish(call)) } }
      }
    }
  }

  /// A call and its result.
  struct Finished: Sendable {
    let call: ToolCall
    let result: ToolResult
    /// When its tool began; nil if it did not run.
    var begun: Timestamp?
    var took: Duration = .zero

    var state: ToolCallState { result == .interrupted ? .interrupted : .done }
  }

  /// Results that are not stored yet: at most as many as tools run at once.
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

  private func finish(_ call: ToolCall) async throws -> Finished {
    let begun = time.now
    let result = try await run(call)
    return Finished(call: call, result: result, begun: begun, took: time.now - begun)
  }

  /// Of these, a restart must know that their tools were begun. It costs a write of its own for the first ones of a
  /// round, so the others are spared it: whether they were begun or not, they are run again.
  private func toStart(_ calls: [ToolCall]) -> [ToolCall] {
    calls.filter { !tools.effect(of: $0).mayRepeat }
  }

  /// A call that was left open, as it is to be run; nil if that could do what was done already, or if the real arguments
  /// are gone.
  func callToRun(_ call: ToolCallRecord) -> ToolCall? {
    switch call.state {
    case .asked, .approved: round.opened(call, with: writer.engine.secrets)
    case .started: call.effect.mayRepeat ? round.opened(call, with: writer.engine.secrets) : nil
    case .waiting, .refused, .done, .interrupted: nil
    }
  }

  private func start(_ calls: [ToolCall]) async throws {
    let calls = toStart(calls)
    guard !calls.isEmpty else { return }
    let (round, time) = (round, time)
    try await writer.write(RunStep()) { try round.start(calls, in: $0, at: time.now) }
  }

  /// Stores results as one step, such as those of calls that are not run.
  /// - Parameter next: Calls whose tools run next.
  func store(_ results: [Finished], starting next: [ToolCall] = []) async throws {
    guard !results.isEmpty else { return }
    // As the secrets stand when it is stored: a tool may take its time.
    let redactor = try await redactor()
    var step = RunStep(isInTranscript: true)
    for finished in results {
      let (call, result) = (finished.call, finished.result)
      let clean = ToolResult(
        content: Self.shortened(result.content, to: resultBytes(of: call), by: redactor), isError: result.isError)
      step.messages.append(.tool(callID: call.id, clean))
      step.events.append(
        .toolResult(
          id: call.id, name: call.name, isError: clean.isError, preview: String(clean.content.prefix(Self.maxPreview)),
          durationMs: max(0, finished.took.milliseconds)))
    }
    let (round, time, starting) = (round, time, toStart(next))
    let message = try await writer.write(step) { transaction in
      let now = time.now
      // Those that were not run have no times that differ.
      let notRun = results.filter { $0.begun == nil }
      for (state, results) in Dictionary(grouping: notRun, by: \.state) {
        try round.close(results.map(\.call.id), as: state, in: transaction, at: now)
      }
      for finished in results {
        guard let begun = finished.begun else { continue }
        try round.close([finished.call.id], as: finished.state, begun: begun, in: transaction, at: now)
      }
      try round.start(starting, in: transaction, at: now)
    }
    progress.stored(upTo: message)
    for finished in results { progress.storedResult(of: finished.call.id) }
    FaultPoint.toolResultStored.reached()
  }

  private func resultBytes(of call: ToolCall) -> Int {
    tools[call.name]?.spec.limits.resultBytes ?? ToolLimits.maxResultBytes
  }

  private func run(_ call: ToolCall) async throws -> ToolResult {
    guard let tool = tools[call.name] else {
      return ToolResult(
        content: "there is no tool \(call.name); available: \(tools.specs.map(\.name).joined(separator: ", "))",
        isError: true)
    }
    guard call.arguments["_raw"] == nil else {
      return ToolResult(content: "the arguments were not valid JSON; call the tool again", isError: true)
    }
    let timeout = tool.spec.limits.timeout ?? timeout
    let context = context(of: call, deadline: time.now + timeout)
    do {
      let outcome = try await work.run(within: timeout, grace: stopTimeout) { try await tool.run(call, in: context) }
      try Task.checkCancellation()
      switch outcome {
      case .finished(.result(let result)): return result
      case .stopped:
        return ToolResult(content: "the tool took longer than \(timeout) and was stopped", isError: true)
      case .abandoned:
        writer.engine.logger.error(
          "tool.abandoned",
          metadata: ["tool": "\(call.name)", "tenant": "\(context.actor.tenant)", "run": "\(context.run)"])
        return .interrupted
      }
    } catch let error where !(error is CancellationError) {
      let known = ClawError(wrapping: error)
      return ToolResult(content: "the tool failed: \(known.message)", isError: true)
    }
  }

  private func context(of call: ToolCall, deadline: Timestamp) -> ToolContext {
    let (record, engine) = (writer.record, writer.engine)
    let tenant = record.address.tenant
    return ToolContext(
      actor: record.agentPrincipal, agent: record.agent, session: record.address.key, run: record.id,
      workspace: workspace, deadline: deadline,
      progress: ToolProgress { line in
        // A tool knows secrets that the log does not: it is noted that it is alive, not what it says.
        engine.logger.debug(
          "tool.progress",
          metadata: [
            "tenant": "\(tenant)", "run": "\(record.id)", "call": "\(call.id)", "bytes": "\(line.utf8.count)",
          ])
      },
      secrets: engine.secrets.map { secrets in ToolSecrets { try await secrets.value(of: $0, in: tenant) } } ?? .none)
  }

  /// Cuts first, so that no tool can make a search of any length.
  private static func shortened(_ text: String, to limit: Int, by redactor: SecretRedactor) -> String {
    let head = redactor.redact(text, first: limit)
    guard text.utf8.count > limit else { return head }
    return head + "\n[shortened: \(text.utf8.count) bytes in all, the first \(limit) are shown]"
  }
}

extension ToolSet {
  /// What the tool of a call does; an unknown one does nothing.
  func effect(of call: ToolCall) -> ToolEffect { self[call.name]?.spec.effect ?? .reads }
}
