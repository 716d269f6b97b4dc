import ClawCore
import Synchronization

/// An in-memory chat service: records requests, and responds as set by the test.
final class FakeChat: ChatService {
  struct State {
    var inbounds: [Inbound] = []
    var principals: [Principal] = []
    var aborted: [String] = []
    /// Called by accept before it returns.
    var onAccept: @Sendable (Inbound) async throws -> Void = { _ in }
    var onOutcome: @Sendable (RunID) async throws -> RunOutcome? = { _ in nil }
    var onAbort: @Sendable (AbortTarget) -> Void = { _ in }
    var keys: [String: AcceptedRun] = [:]
    var onHistory: @Sendable (SessionKey, Int, Int64?) async throws -> HistoryPage = { _, _, _ in
      HistoryPage(messages: [], nextBefore: nil, resumeSeq: 0)
    }
  }

  private let state = Mutex(State())

  func set(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }
  var inbounds: [Inbound] { state.withLock { $0.inbounds } }
  var principals: [Principal] { state.withLock { $0.principals } }
  var aborted: [String] { state.withLock { $0.aborted } }

  /// Runs are named `run-1`, `run-2` … in order of acceptance.
  func accept(_ inbound: Inbound, as principal: Principal) async throws -> AcceptedRun {
    if inbound.agent.rawValue == "nobody" { throw ClawError(.notFound, "agent not found: nobody") }
    try await state.withLock { $0.onAccept }(inbound)
    return state.withLock { state in
      state.inbounds.append(inbound)
      state.principals.append(principal)
      return AcceptedRun(
        run: RunID(unchecked: "run-\(state.inbounds.count)"),
        address: SessionAddress(tenant: principal.tenant, user: principal.user, key: inbound.session), headSeq: 0,
        isRepetition: false)
    }
  }

  func outcome(of run: RunID, as principal: Principal) async throws -> RunOutcome {
    if let outcome = try await state.withLock({ $0.onOutcome })(run) { return outcome }
    return .completed(run, "hello")
  }

  func history(
    of session: SessionKey, user: UserID?, limit: Int, before: Int64?, as principal: Principal
  ) async throws -> HistoryPage {
    try await state.withLock { $0.onHistory }(session, limit, before)
  }

  func abort(_ target: AbortTarget, as principal: Principal) async throws -> [RunID] {
    defer { state.withLock { $0.onAbort }(target) }
    switch target {
    case .run(let run):
      state.withLock { $0.aborted.append(run.rawValue) }
      return [run]
    case .session(let key, _):
      state.withLock { $0.aborted.append(key.rawValue) }
      return []
    }
  }
}

extension RunOutcome {
  static func completed(_ run: RunID, _ content: String, stopReason: StopReason = .stop) -> RunOutcome {
    RunOutcome(
      run: run, session: SessionKey(unchecked: "agent:default:ws:main"), state: .completed, content: content,
      usage: TokenUsage(inputTokens: 3, outputTokens: 2), iterations: 1, stopReason: stopReason)
  }

  static func failed(_ run: RunID, _ failure: RunFailure) -> RunOutcome {
    RunOutcome(
      run: run, session: SessionKey(unchecked: "agent:default:ws:main"), state: .failed, content: "",
      usage: TokenUsage(), iterations: 0, failure: failure)
  }

  static func aborted(_ run: RunID, _ content: String) -> RunOutcome {
    RunOutcome(
      run: run, session: SessionKey(unchecked: "agent:default:ws:main"), state: .aborted, content: content,
      usage: TokenUsage(), iterations: 1)
  }
}
