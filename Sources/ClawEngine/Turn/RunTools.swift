import ClawCore
import ClawJSON

/// One step of a turn: runs the tools that a model asked for, side by side, and stores each result as it comes.
struct RunTools: Sendable {
  let tools: UTF8Dictionary<any Tool>
  let writer: RunWriter
  let progress: RunProgress
  let context: ToolContext
  let redactor: SecretRedactor
  let timeout: Duration
  let time: TimeSource

  /// Longest preview of a result in an event, in characters.
  static let maxPreview = 500
  /// Longest result that a model is shown, in bytes.
  static let maxResultBytes = 128 * 1024

  func callAsFunction(_ calls: [ToolCall]) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for call in calls {
        group.addTask {
          let began = time.now
          let result = try await run(call)
          try await store(result, of: call, took: time.now - began)
        }
      }
      try await group.waitForAll()
    }
  }

  /// Stores a result without running anything: for calls that a crash cut off.
  func store(_ result: ToolResult, of call: ToolCall, took duration: Duration = .zero) async throws {
    let clean = ToolResult(
      content: Self.shortened(redactor.redact(result.content), to: Self.maxResultBytes), isError: result.isError)
    let message = try await writer.write(
      RunStep(
        messages: [.tool(callID: call.id, clean)],
        events: [
          .toolResult(
            id: call.id, name: call.name, isError: clean.isError,
            preview: String(clean.content.prefix(Self.maxPreview)), durationMs: max(0, duration.milliseconds))
        ],
        isInTranscript: true))
    progress.stored(upTo: message)
    progress.storedResult(of: call.id)
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
      return try await withinTimeout { try await tool.run(call.arguments, in: context) }
    } catch let error where !(error is CancellationError) {
      let known = ClawError(wrapping: error)
      return ToolResult(content: "the tool failed: \(known.message)", isError: true)
    }
  }

  private func withinTimeout(_ body: @escaping @Sendable () async throws -> ToolResult) async throws -> ToolResult {
    try await withThrowingTaskGroup(of: ToolResult.self) { group in
      group.addTask(operation: body)
      group.addTask {
        try await Task.sleep(for: timeout)
        return ToolResult(content: "the tool took longer than \(timeout) and was stopped", isError: true)
      }
      defer { group.cancelAll() }
      guard let first = try await group.next() else { throw CancellationError() }
      return first
    }
  }

  private static func shortened(_ text: String, to limit: Int) -> String {
    guard text.utf8.count > limit else { return text }
    let head = String(decoding: text.utf8.prefix(limit), as: UTF8.self)
    return head + "\n[shortened: \(text.utf8.count) bytes in all, the first \(limit) are shown]"
  }
}
