import ClawCore
import ClawJSON

/// A call of a tool that a model has just asked for.
public struct NewToolCall: Sendable, Hashable {
  /// The provider's id of the call, or ours; unique within its round.
  public let id: String
  public let name: String
  /// Without secrets, as the transcript has them.
  public let arguments: JSONValue
  /// The real arguments, sealed; nil where ``arguments`` are the real ones.
  public let sealed: String?
  public let effect: ToolEffect

  public init(id: String, name: String, arguments: JSONValue, sealed: String? = nil, effect: ToolEffect) {
    self.id = id
    self.name = name
    self.arguments = arguments
    self.sealed = sealed
    self.effect = effect
  }
}

/// A call of a tool as it is kept: while it is open it says what a restart may do, afterwards it is a line of the run's
/// timeline.
public struct ToolCallRecord: Sendable, Hashable {
  public let run: RunID
  /// The call of the model that asked for it: 1, 2, 3 … within the run.
  public let round: Int
  public let id: String
  public let name: String
  /// Without secrets.
  public let arguments: JSONValue
  /// The real arguments, sealed, for as long as the call is open; nil where ``arguments`` are the real ones.
  public let sealed: String?
  public let effect: ToolEffect
  /// `interrupted` for a state that only another version knows: nothing is run by it here.
  public let state: ToolCallState
  /// What it waits or waited for, and until when; nil if it never did.
  public let wait: ToolWait?
  /// Who allowed, refused or answered it.
  public let decidedBy: UserID?
  /// The result that came with the decision, until the run has taken it.
  public let answer: ToolResult?
  public let askedAt: Timestamp
  public let decidedAt: Timestamp?
  public let startedAt: Timestamp?
  public let endedAt: Timestamp?
}

/// What a call waits for, and until when at the latest.
public struct ToolWait: Sendable, Hashable {
  public let reason: WaitReason
  public let until: Timestamp

  public init(reason: WaitReason, until: Timestamp) {
    self.reason = reason
    self.until = until
  }
}

extension SealingContext {
  /// Where the arguments of a call are kept.
  public init(ofCall id: String, round: Int, run: RunID, in tenant: TenantID) {
    self.init(tenant: tenant.rawValue, table: "tool_calls", row: "\(run)/\(round)/\(id)")
  }
}
