import ClawCore
import Synchronization

/// Owns tasks that may outlive whoever waits for them: a tool that ignores its cancellation, a write to a store that
/// does not answer. A task group can't own those, since it waits for each of its children.
final class DetachedWork: Sendable {
  /// Tasks that may be under way at once; further ones are refused.
  static let limit = 1024

  struct Ticket: Hashable, Sendable {
    fileprivate let number: Int
  }

  /// How a body ended that was given a limited time.
  enum Outcome<Value: Sendable>: Sendable {
    case finished(Value)
    /// It ended by an error after it was cancelled.
    case stopped
    /// It was cancelled and goes on all the same. Nobody waits for it any more.
    case abandoned
  }

  private struct State {
    var tasks: [Int: Task<Void, Never>] = [:]
    var next = 0
    var isClosed = false
  }

  private let state = Mutex(State())

  /// Tasks that have not ended.
  var count: Int { state.withLock { $0.tasks.count } }

  /// Begins a task; nil if there are too many, or if everything is being stopped.
  func start(_ body: @escaping @Sendable () async -> Void) -> Ticket? {
    state.withLock { state in
      guard !state.isClosed, state.tasks.count < Self.limit else { return nil }
      let number = state.next
      state.next += 1
      // It can't take itself out before it is put in: that needs the lock.
      state.tasks[number] = Task { [self] in
        await body()
        self.state.withLock { $0.tasks[number] = nil }
      }
      return Ticket(number: number)
    }
  }

  func cancel(_ ticket: Ticket) {
    state.withLock { $0.tasks[ticket.number] }?.cancel()
  }

  /// Cancels everything and takes nothing more.
  func close() {
    let tasks = state.withLock { state in
      state.isClosed = true
      return Array(state.tasks.values)
    }
    for task in tasks { task.cancel() }
  }

  /// Runs a body in a task of its own and waits for it, at most for `timeout`. Then, or when the caller is cancelled,
  /// the body is cancelled, and `grace` later it is abandoned.
  /// - Throws: What the body throws in its time; ``ClawError`` `resourceExhausted` if there are too many tasks.
  func run<Value: Sendable>(
    within timeout: Duration, grace: Duration, _ body: @escaping @Sendable () async throws -> Value
  ) async throws -> Outcome<Value> {
    let result = PendingResult<Value>()
    let ticket = start {
      do { result.put(.success(try await body())) } catch { result.put(.failure(error)) }
    }
    guard let ticket else { throw Self.tooMany }
    if let inTime = await result.wait(within: timeout) { return .finished(try inTime.get()) }
    cancel(ticket)
    guard let late = await result.waitRegardless(for: grace, in: self) else { return .abandoned }
    if case .success(let value) = late { return .finished(value) }
    return .stopped
  }

  private static let tooMany = ClawError(
    .resourceExhausted, "\(limit) tasks have not stopped although they were told to; restart the gateway",
    retryAfter: .seconds(30))
}
