import ClawCore
import ClawJSON
import Logging

/// One step of a turn: runs the tools that a model asked for, some side by side, and stores each result as it comes.
struct RunTools: Sendable {
  let tools: UTF8Dictionary<any Tool>
  let writer: RunWriter
  let progress: RunProgress
  let context: ToolContext
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
  /// Longest result that a model is shown, in bytes.
  static let maxResultBytes = 128 * 1024

  func callAsFunction(_ calls: [ToolCall]) async throws {
    try await store(calls.dropFirst(Self.maxCalls).map { ($0, Self.tooManyCalls, .zero) })
    var waiting = calls.prefix(Self.maxCalls)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<Self.maxAtOnce {
        if let call = waiting.popFirst() { group.addTask { try await runAndStore(call) } }
      }
      while try await group.next() != nil {
        if let call = waiting.popFirst() { group.addTask { try await runAndStore(call) } }
      }
    }
  }

  private static let tooManyCalls = ToolResult(
    content: "not run: at most \(maxCalls) calls are run at a time; call the tool again", isError: true)

  private func runAndStore(_ call: ToolCall) async throws {
    let began = time.now
    let result = try await run(call)
    try await store([(call, result, time.now - began)])
  }

  /// Stores results as one step, such as those of calls that are not run.
  func store(_ results: [(call: ToolCall, result: ToolResult, took: Duration)]) async throws {
    guard !results.isEmpty else { return }
    // As the secrets stand when it is stored: a tool may take its time.
    let redactor = try await redactor()
    var step = RunStep(isInTranscript: true)
    for (call, result, duration) in results {
      let clean = ToolResult(
        content: Self.shortened(result.content, to: Self.maxResultBytes, by: redactor), isError: result.isError)
      step.messages.append(.tool(callID: call.id, clean))
      step.events.append(
        .toolResult(
          id: call.id, name: call.name, isError: clean.isError, preview: String(clean.content.prefix(Self.maxPreview)),
          durationMs: max(0, duration.milliseconds)))
    }
    let message = try await writer.write(step)
    progress.stored(upTo: message)
    for (call, _, _) in results { progress.storedResult(of: call.id) }
    FaultPoint.toolResultStored.reached()
  }

  private func run(_ call: ToolCall) async throws -> ToolResult {
    guard let tool = tools[call.name] else {
      return ToolResult(
        content: "there is no tool \(call.name); available: \(tools.keys.sorted().joined(separator: ", "))",
        isError: true)
    }
    guard call.arguments["_raw"] == nil else {
      return ToolResult(content: "the arguments were not valid JSON; call the tool again", isError: true)
    }
    do {
      let outcome = try await work.run(within: timeout, grace: stopTimeout) { [context] in
        try await tool.run(call.arguments, in: context)
      }
      try Task.checkCancellation()
      switch outcome {
      case .finished(let result): return result
      case .stopped:
        return ToolResult(content: "the tool took longer than \(timeout) and was stopped", isError: true)
      case .abandoned:
        writer.engine.logger.error(
          "tool.abandoned",
          metadata: ["tool": "\(call.name)", "tenant": "\(context.principal.tenant)", "run": "\(context.run)"])
        return .interrupted
      }
    } catch let error where !(error is CancellationError) {
      let known = ClawError(wrapping: error)
      return ToolResult(content: "the tool failed: \(known.message)", isError: true)
    }
  }

  /// Cuts first, so that no tool can make a search of any length.
  private static func shortened(_ text: String, to limit: Int, by redactor: SecretRedactor) -> String {
    let head = redactor.redact(text, first: limit)
    guard text.utf8.count > limit else { return head }
    return head + "\n[shortened: \(text.utf8.count) bytes in all, the first \(limit) are shown]"
  }
}
