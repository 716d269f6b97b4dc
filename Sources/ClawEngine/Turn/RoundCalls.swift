import ClawCore
import ClawJSON
import ClawStore

/// Writes down how far the calls of one round have come.
struct RoundCalls: Sendable {
  let run: RunID
  let session: SessionID
  let tenant: TenantID
  let round: Int

  init(of record: RunRecord, round: Int) {
    (run, session, tenant, self.round) = (record.id, record.session, record.address.tenant, round)
  }

  func add(_ calls: [NewToolCall], in transaction: TenantTransaction, at time: Timestamp) throws {
    try transaction.toolCalls.add(calls, round: round, of: run, in: session, at: time)
  }

  func start(_ calls: [ToolCall], in transaction: TenantTransaction, at time: Timestamp) throws {
    try transaction.toolCalls.start(calls.map(\.id), round: round, of: run, in: session, at: time)
  }

  /// - Parameter begun: When the tools began; nil if they did not run.
  private func close(
    _ calls: [String], as state: ToolCallState, begun: Timestamp? = nil, in transaction: TenantTransaction,
    at time: Timestamp
  ) throws {
    try transaction.toolCalls.close(
      calls, as: state, round: round, of: run, in: session, begun: begun, at: time)
  }

  /// Notes what became of calls.
  func note(_ results: [RunTools.Finished], in transaction: TenantTransaction, at time: Timestamp) throws {
    // Those that were not run have no times that differ.
    var together: [ToolCallState: [String]] = [:]
    for finished in results {
      let id = finished.call.id
      switch (finished.outcome, finished.begun) {
      case (.result(_, let state), nil): together[state, default: []].append(id)
      case (.result(_, let state), let begun?):
        try close([id], as: state, begun: begun, in: transaction, at: time)
      case (.waits(let wait), let begun):
        try transaction.toolCalls.wait(
          id, for: wait, round: round, of: run, in: session, begun: begun ?? time)
      }
    }
    for (state, calls) in together { try close(calls, as: state, in: transaction, at: time) }
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

  private func sealing(of id: String) -> SealingContext { SealingContext(ofCall: id, round: round, run: run, in: tenant) }
}
