import ClawCore
import ClawJSON
import ClawStore

extension Engine: ToolDecisionService {
  public func decide(
    _ call: String, of run: RunID, as decision: ToolDecision, by principal: Principal
  ) async throws {
    guard principal.role >= .operator_ else { throw ClawError(.forbidden, "a viewer can't decide calls of tools") }
    if case .agent = principal.credential {
      throw ClawError(.forbidden, "an agent can't decide calls of tools: a person has to")
    }
    let redactor = try await parts.redactors.redactor(for: principal.tenant)
    let (state, answer) = Self.stored(decision, by: principal.user, without: redactor)
    let now = parts.time.now
    try await parts.store.tenant(principal.tenant).write { transaction in
      guard let header = try transaction.runs.lockedHeader(of: run), principal.maySee(header.address.user) else {
        throw ClawError(.notFound, "run not found: \(String(run.rawValue.prefix(64)))")
      }
      let calls = try transaction.toolCalls.all(of: run, in: header.session)
      guard let record = calls.last(where: { $0.id.hasSameBytes(as: call) }) else {
        throw ClawError(.notFound, "the run has no call \(String(call.prefix(64)))")
      }
      guard !header.isOver, record.state == .waiting else {
        throw ClawError(.failedPrecondition, "this call does not wait for a decision any more")
      }
      _ = try transaction.toolCalls.decide(
        record, as: state, answer: answer, by: principal.user, in: header.session, at: now)
      // A run that still works on other calls of the round finds the decision before it parks.
      _ = try transaction.queue.wake(run, in: header.session)
    }
    parts.peers.notify(.work(Lane.allCases))
    wake.signal(Lane.allCases)
  }

  /// The stored form of a decision: the state of the call, and its result if it has one.
  private static func stored(
    _ decision: ToolDecision, by user: UserID, without secrets: SecretRedactor
  ) -> (ToolCallState, ToolResult?) {
    let limit = ToolLimits.maxResultBytes
    return switch decision {
    case .approve: (.approved, nil)
    case .refuse(let reason):
      (
        .refused,
        ToolResult(content: "refused by \(user): \(secrets.redact(reason, first: limit))", isError: true)
      )
    case .answer(let result):
      (.approved, ToolResult(content: secrets.redact(result.content, first: limit), isError: result.isError))
    }
  }
}
