import ClawCore
import ClawJSON

/// A tool that does what the test says.
struct FakeTool: Tool {
  let spec: ToolSpec
  private let body: @Sendable (ToolCall, ToolContext) async throws -> ToolOutcome

  private init(
    spec: ToolSpec, body: @escaping @Sendable (ToolCall, ToolContext) async throws -> ToolOutcome
  ) {
    (self.spec, self.body) = (spec, body)
  }

  init(
    _ name: String, effect: ToolEffect = .reads,
    _ body: @escaping @Sendable (JSONValue, ToolContext) async throws -> ToolResult
  ) {
    self = .whole(name, effect: effect) { call, context in .result(try await body(call.arguments, context)) }
  }

  /// One that sees the whole call, and may have no result yet.
  static func whole(
    _ name: String, effect: ToolEffect = .reads, limits: ToolLimits = ToolLimits(),
    _ body: @escaping @Sendable (ToolCall, ToolContext) async throws -> ToolOutcome
  ) -> FakeTool {
    FakeTool(
      spec: ToolSpec(name: name, summary: name, parameters: ["type": "object"], effect: effect, limits: limits),
      body: body)
  }

  func run(_ call: ToolCall, in context: ToolContext) async throws -> ToolOutcome {
    try await body(call, context)
  }

  /// Says back what it was called with.
  static let echo = FakeTool("echo") { arguments, _ in
    ToolResult(content: arguments["text"]?.stringValue ?? "nothing")
  }

  /// Never answers; tells each time that it was begun.
  static func stuck(_ name: String = "stuck", effect: ToolEffect = .reads, begun: Inbox<String>) -> FakeTool {
    FakeTool(name, effect: effect) { _, _ in
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
