import ClawCore
import ClawJSON

/// A tool with a scripted behaviour.
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

  /// A tool that receives the whole call, and may be pending.
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

  /// Returns its argument.
  static let echo = FakeTool("echo") { arguments, _ in
    ToolResult(content: arguments["text"]?.stringValue ?? "nothing")
  }

  /// Never returns; reports each start.
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
