import ClawJSON
import ClawProtocol
import Synchronization

/// The calls that wait for their answer, by id; bounded by ``ClientConfiguration/maxCallsInFlight``.
final class PendingCalls: Sendable {
  typealias Answer = Result<JSONValue, ClientError>
  private typealias Waiter = CheckedContinuation<Answer, Never>

  private struct State {
    var nextID: Int64 = 1
    var waiters: [Int64: Waiter] = [:]
    /// Why no call can be made any more.
    var ending: ClientError?
  }

  private let state = Mutex(State())
  private let limit: Int

  init(limit: Int) {
    self.limit = limit
  }

  /// Sends a request and waits for its answer. Cancelling gives up the waiting, not the request.
  /// - Parameter send: Sends the request with the id. If the connection is gone by then, ``end(_:)`` follows and says
  ///   why.
  func call(_ send: @Sendable (Int64) -> Void) async -> Answer {
    let id = state.withLock { state in
      defer { state.nextID += 1 }
      return state.nextID
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { waiter in
        if let refusal = state.withLock({ enter(&$0, id, waiter) }) {
          waiter.resume(returning: .failure(refusal))
        } else {
          send(id)
        }
      }
    } onCancel: {
      finish(id, .failure(.cancelled))
    }
  }

  private func enter(_ state: inout State, _ id: Int64, _ waiter: Waiter) -> ClientError? {
    if let ending = state.ending { return ending }
    if Task.isCancelled { return .cancelled }
    guard state.waiters.count < limit else { return .overflow("\(limit) calls wait for an answer already") }
    state.waiters[id] = waiter
    return nil
  }

  /// An answer came; nobody may be waiting for it any more.
  func finish(_ id: Int64, _ answer: Answer) {
    state.withLock { $0.waiters.removeValue(forKey: id) }?.resume(returning: answer)
  }

  /// The connection is gone: all that wait learn it, and no further call is taken.
  func end(_ error: ClientError) {
    let waiters = state.withLock { state in
      if state.ending == nil { state.ending = error }
      defer { state.waiters = [:] }
      return state.waiters.values
    }
    for waiter in waiters { waiter.resume(returning: .failure(error)) }
  }
}
