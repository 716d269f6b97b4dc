import ClawCore
import ClawJSON

/// A tool that does what the test says.
struct FakeTool: Tool {
  let definition: ToolDefinition
  let isRepeatable: Bool
  private let body: @Sendable (JSONValue, ToolContext) async throws -> ToolResult

  init(
    _ name: String, isRepeatable: Bool = true,
    _ body: @escaping @Sendable (JSONValue, ToolContext) async throws -> ToolResult
  ) {
    definition = ToolDefinition(name: name, summary: name, parameters: ["type": "object"])
    self.isRepeatable = isRepeatable
    self.body = body
  }

  func run(_ arguments: JSONValue, in context: ToolContext) async throws -> ToolResult {
    try await body(arguments, context)
  }

  /// Says back what it was called with.
  static let echo = FakeTool("echo") { arguments, _ in
    ToolResult(content: arguments["text"]?.stringValue ?? "nothing")
  }

  /// Never answers; tells each time that it was begun.
  static func stuck(_ name: String = "stuck", isRepeatable: Bool = true, begun: Inbox<String>) -> FakeTool {
    FakeTool(name, isRepeatable: isRepeatable) { _, _ in
      begun.put(name)
      let (never, hold) = AsyncStream<Void>.makeStream()
      for await _ in never {}
      withExtendedLifetime(hold) {}
      throw CancellationError()
    }
  }
}

extension ToolCall {
  static func echo(_ text: String, id: String) -> ToolCall {
    ToolCall(id: id, name: "echo", arguments: ["text": .string(text)])
  }
}
