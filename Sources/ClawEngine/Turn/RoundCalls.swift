import ClawCore
import ClawJSON
import ClawStore

/// The calls of one round, as they are kept.
struct RoundCalls: Sendable {
  let run: RunID
  let session: SessionID
  let tenant: TenantID
  let round: Int

  init(of record: RunRecord, round: Int) {
    (run, session, tenant, self.round) = (record.id, record.session, record.address.tenant, round)
  }

  /// What became of calls.
  func changes(by results: [RunTools.Finished]) -> [ToolCallChange] {
    // Those that were not run have no times that differ.
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

  /// A call as it is kept: with its real arguments sealed, where secrets were taken out of those that are shown.
  /// - Parameters:
  ///   - shown: The call without secrets.
  ///   - vault: Nil where nothing can be sealed; the call can't be run again then.
  func kept(_ call: ToolCall, shown: ToolCall, effect: ToolEffect, with vault: (any SecretVault)?) -> NewToolCall {
    var sealed: String?
    if call.arguments != shown.arguments {
      sealed = (try? vault?.seal(call.arguments.serializedString(), at: sealing(of: call.id))) ?? ""
    }
    return NewToolCall(id: call.id, name: call.name, arguments: shown.arguments, sealed: sealed, effect: effect)
  }

  /// The call with its real arguments; nil if they were not kept, or can't be opened.
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
