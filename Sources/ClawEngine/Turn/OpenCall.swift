import ClawCore
import ClawStore

/// What to do with a call without a result when a run is resumed after a crash or a wait.
enum OpenCall: Sendable {
  /// Run its tool, or run it again.
  case run(RunTools.Due, isAnnounced: Bool)
  /// Close it with this result.
  case close(ToolResult, ToolCallState)
  /// Keep it waiting.
  case wait

  /// - Parameter record: Nil if the store has none.
  init(_ record: ToolCallRecord?, of round: RoundCalls, secrets: (any SecretVault)?, now: Timestamp) {
    self = .close(.interrupted, .interrupted)
    guard let record else { return }
    switch record.state {
    case .asked:
      if let call = round.opened(record, with: secrets) { self = .run(RunTools.Due(call: call), isAnnounced: false) }
    case .started where record.effect.mayRepeat:
      if let call = round.opened(record, with: secrets) { self = .run(RunTools.Due(call: call), isAnnounced: false) }
    case .started, .done: break
    case .interrupted: self = .close(record.answer ?? .interrupted, .interrupted)
    case .approved:
      if let answer = record.answer {
        self = .close(answer, .done)
      } else if let call = round.opened(record, with: secrets) {
        let approval = record.decidedBy.map { ToolApproval(user: $0, at: record.decidedAt ?? now) }
        self = .run(RunTools.Due(call: call, approval: approval), isAnnounced: true)
      }
    case .refused:
      self = .close(record.answer ?? ToolResult(content: "refused", isError: true), .refused)
    case .waiting:
      guard let wait = record.wait, wait.until > now else {
        self = Self.over(record.wait)
        return
      }
      self = .wait
    }
  }

  /// The wait expired without a decision.
  private static func over(_ wait: ToolWait?) -> OpenCall {
    guard let wait else { return .close(.interrupted, .interrupted) }
    let time = wait.until.rfc3339
    return switch wait.reason {
    case .time: .close(ToolResult(content: "it is \(time) now, or later"), .done)
    case .approval:
      .close(
        ToolResult(content: "not run: nobody allowed or refused this call until \(time)", isError: true), .interrupted)
    case .child:
      .close(ToolResult(content: "no result came until \(time)", isError: true), .interrupted)
    }
  }
}
