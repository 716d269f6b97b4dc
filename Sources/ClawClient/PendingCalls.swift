import ClawJSON
import ClawProtocol
import Synchronization

/// The calls that wait for their answer, by id; bounded by ``ClientConfiguration/maxCallsInFlight``.
final class PendingCalls: Sendable {
  typealias Answer = Result<JSONValue, ClientError>

  private struct Waiter {
    let continuation: CheckedContinuation<Answer?, Never>
    let onSuccess: (@Sendable (JSONValue) -> Void)?
  }

  private struct State {
    var nextID: Int64 = 1
    var waiters: [Int64: Waiter] = [:]
    /// No call can be made any more.
    var isEnded = false
  }

  private let state = Mutex(State())
  private let limit: Int

  init(limit: Int) {
    self.limit = limit
  }

  /// Sends a request and waits for its answer. Cancelling gives up the waiting, not the request.
  /// - Parameters:
  ///   - onSuccess: Runs when the answer is there and before anything behind it is read.
  ///   - send: Sends the request with the id. If the connection is gone by then, ``end(_:)`` follows and says why.
  /// - Returns: nil if the connection had ended before, so that nothing was sent.
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

  /// An answer came; nobody may be waiting for it any more.
  func finish(_ id: Int64, _ answer: Answer) {
    guard let waiter = state.withLock({ $0.waiters.removeValue(forKey: id) }) else { return }
    if case .success(let payload) = answer { waiter.onSuccess?(payload) }
    waiter.continuation.resume(returning: answer)
  }

  /// The connection is gone: all that wait learn it, and no further call is taken.
  func end(_ error: ClientError) {
    let waiters = state.withLock { state in
      state.isEnded = true
      defer { state.waiters = [:] }
      return state.waiters.values
    }
    for waiter in waiters { waiter.continuation.resume(returning: .failure(error)) }
  }
}
