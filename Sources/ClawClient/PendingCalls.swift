import ClawJSON
import ClawProtocol
import Synchronization

/// Calls waiting for their answer, by id; bounded by ``ClientConfiguration/maxCallsInFlight``.
final class PendingCalls: Sendable {
  typealias Answer = Result<JSONValue, ClientError>

  private struct Waiter {
    let continuation: CheckedContinuation<Answer?, Never>
    let onSuccess: (@Sendable (JSONValue) -> Void)?
  }

  private struct State {
    var nextID: Int64 = 1
    var waiters: [Int64: Waiter] = [:]
    /// No further calls are accepted.
    var isEnded = false
  }

  private let state = Mutex(State())
  private let limit: Int

  init(limit: Int) {
    self.limit = limit
  }

  /// Sends a request and waits for its answer. Cancellation stops the waiting, not the request.
  /// - Parameters:
  ///   - onSuccess: Called when the answer has arrived, before anything behind it is read.
  ///   - send: Sends the request with the id. If the connection is lost by then, ``end(_:)`` follows with the reason.
  /// - Returns: nil if the connection had already ended, so that nothing was sent.
  func call(onSuccess: (@Sendable (JSONValue) -> Void)? = nil, _ send: @Sendable (Int64) -> Void) async -> Answer? {
    let id = state.withLock { state in
      defer { state.nextID += 1 }
      return state.nextID
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        switch state.withLock({ enter(&$0, id, Waiter(continuation: continuation, onSuccess: onSuccess)) }) {
        case .entered: send(id)
        case .refused(let error): continuation.resume(returning: .failure(error))
        case .ended: continuation.resume(returning: nil)
        }
      }
    } onCancel: {
      finish(id, .failure(.cancelled))
    }
  }

  private enum Entry {
    case entered
    case refused(ClientError)
    case ended
  }

  private func enter(_ state: inout State, _ id: Int64, _ waiter: Waiter) -> Entry {
    if Task.isCancelled { return .refused(.cancelled) }
    if state.isEnded { return .ended }
    guard state.waiters.count < limit else {
      return .refused(.overflow("\(limit) calls wait for an answer already"))
    }
    state.waiters[id] = waiter
    return .entered
  }

  /// Delivers an answer; its caller may have stopped waiting.
  func finish(_ id: Int64, _ answer: Answer) {
    guard let waiter = state.withLock({ $0.waiters.removeValue(forKey: id) }) else { return }
    if case .success(let payload) = answer { waiter.onSuccess?(payload) }
    waiter.continuation.resume(returning: answer)
  }

  /// The connection has ended: fails all waiting calls and rejects further ones.
  func end(_ error: ClientError) {
    let waiters = state.withLock { state in
      state.isEnded = true
      defer { state.waiters = [:] }
      return state.waiters.values
    }
    for waiter in waiters { waiter.continuation.resume(returning: .failure(error)) }
  }
}
