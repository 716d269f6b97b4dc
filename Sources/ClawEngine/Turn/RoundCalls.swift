import ClawCore
import ClawJSON
import ClawStore

/// The stored calls of one round.
struct RoundCalls: Sendable {
  let run: RunID
  let session: SessionID
  let tenant: TenantID
  let round: Int

  init(of record: RunRecord, round: Int) {
    (run, session, tenant, self.round) = (record.id, record.session, record.address.tenant, round)
  }

  /// The stored changes of finished calls.
  func changes(by results: [RunTools.Finished]) -> [ToolCallChange] {
    // Calls that were not run have no times of their own, so they are changed together.
    var together: [ToolCallState: [String]] = [:]
    var changes: [ToolCallChange] = []
    for finished in results {
      let id = finished.call.id
      switch (finished.outcome, finished.begun) {
      case (.result(_, let state), nil): together[state, default: []].append(id)
      case (.result(_, let state), let begun?): changes.append(.ended([id], as: state, begun: begun))
      case (.waits(let wait), let begun): changes.append(.waits(id, wait, begun: begun))
      }
    }
    return changes + together.map { .ended($1, as: $0, begun: nil) }
  }

  /// The stored form of a call: with its real arguments sealed, if secrets were redacted from the visible ones.
  /// - Parameters:
  ///   - shown: The redacted call.
  ///   - vault: Nil if nothing can be sealed; the call can't be run again then.
  func kept(_ call: ToolCall, shown: ToolCall, effect: ToolEffect, with vault: (any SecretVault)?) -> NewToolCall {
    var sealed: String?
    if call.arguments != shown.arguments {
      sealed = (try? vault?.seal(call.arguments.serializedString(), at: sealing(of: call.id))) ?? ""
    }
    return NewToolCall(id: call.id, name: call.name, arguments: shown.arguments, sealed: sealed, effect: effect)
  }

  /// The call with its real arguments; nil if they were not stored, or can't be opened.
  func opened(_ record: ToolCallRecord, with vault: (any SecretVault)?) -> ToolCall? {
    guard let sealed = record.sealed else {
      return ToolCall(id: record.id, name: record.name, arguments: record.arguments)
    }
    guard let vault, let text = try? vault.open(sealed, at: sealing(of: record.id)),
      let arguments = try? JSONValue(parsing: text)
    else { return nil }
    return ToolCall(id: record.id, name: record.name, arguments: arguments)
  }

  private func sealing(of id: String) -> SealingContext {
    SealingContext(ofCall: id, round: round, run: run, in: tenant)
  }
}
