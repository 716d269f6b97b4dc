import ClawCore
import ClawJSON

/// A tool whose behaviour the test defines.
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

  /// `deploy`: waits two weeks for an approval, and then reports who gave it.
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
  /// Decides about a waiting call as the owner of the gateway.
  public func decide(_ call: String = "call_1", of run: JSONValue, as decision: ToolDecision = .approve) async throws {
    let owner = Principal(tenant: .standard, user: .owner, role: .admin, origin: .http)
    try await decisions.decide(call, of: RunID(unchecked: run.stringValue ?? ""), as: decision, by: owner)
  }
}
