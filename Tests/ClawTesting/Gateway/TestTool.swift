import ClawCore
import ClawJSON

/// A tool that does what the test says.
public struct TestTool: Tool {
  public let spec: ToolSpec
  private let body: @Sendable (ToolCall, ToolContext) async throws -> ToolOutcome

  public init(
    _ name: String, effect: ToolEffect = .acts,
    _ body: @escaping @Sendable (ToolCall, ToolContext) async throws -> ToolOutcome
  ) {
    spec = ToolSpec(name: name, summary: name, parameters: ["type": "object"], effect: effect)
    self.body = body
  }

  public func run(_ call: ToolCall, in context: ToolContext) async throws -> ToolOutcome {
    try await body(call, context)
  }

  /// `deploy`: waits two weeks for somebody to allow it, and then says who did.
  public static func deploy(_ clock: TimeSource) -> TestTool {
    TestTool("deploy") { _, context in
      guard let approval = context.approval else {
        return .pending(for: .approval, until: clock.now + .seconds(14 * 86_400))
      }
      return .text("deployed, allowed by \(approval.user)")
    }
  }
}

extension GatewayHarness {
  /// The owner of the gateway decides about a call that waits.
  public func decide(_ call: String = "call_1", of run: JSONValue, as decision: ToolDecision = .approve) async throws {
    let owner = Principal(tenant: .standard, user: .owner, role: .admin, origin: .http)
    try await decisions.decide(call, of: RunID(unchecked: run.stringValue ?? ""), as: decision, by: owner)
  }
}
