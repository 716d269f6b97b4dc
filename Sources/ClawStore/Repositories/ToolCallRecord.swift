import ClawCore
import ClawJSON

/// A tool call that a model has just requested.
public struct NewToolCall: Sendable, Hashable {
  /// The provider's ID of the call, or ours; unique within its round.
  public let id: String
  public let name: String
  /// Without secrets, as in the transcript.
  public let arguments: JSONValue
  /// The real arguments, sealed; nil if ``arguments`` are the real ones.
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

/// A stored tool call: while it is open it tells what a restart may do, afterwards it is an entry of the run's
/// timeline.
public struct ToolCallRecord: Sendable, Hashable {
  public let run: RunID
  /// The model call that requested it: 1, 2, 3 … within the run.
  public let round: Int
  public let id: String
  public let name: String
  /// Without secrets.
  public let arguments: JSONValue
  /// The real arguments, sealed, for as long as the call is open; nil if ``arguments`` are the real ones.
  public let sealed: String?
  public let effect: ToolEffect
  /// `interrupted` for a state known only to another version, so that the tool is not run here.
  public let state: ToolCallState
  /// What it waits or waited for, and the deadline; nil if it never waited.
  public let wait: ToolWait?
  /// The user who allowed, rejected or answered it.
  public let decidedBy: UserID?
  /// The result that came with the decision, until the run has consumed it.
  public let answer: ToolResult?
  public let askedAt: Timestamp
  public let decidedAt: Timestamp?
  public let startedAt: Timestamp?
  public let endedAt: Timestamp?
}

/// What a call waits for, and the deadline.
public struct ToolWait: Sendable, Hashable {
  public let reason: WaitReason
  public let until: Timestamp

  public init(reason: WaitReason, until: Timestamp) {
    self.reason = reason
    self.until = until
  }
}

extension SealingContext {
  /// The location of a call's sealed arguments.
  public init(ofCall id: String, round: Int, run: RunID, in tenant: TenantID) {
    self.init(tenant: tenant.rawValue, table: "tool_calls", row: "\(run)/\(round)/\(id)")
  }
}
