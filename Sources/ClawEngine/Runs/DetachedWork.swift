import ClawCore
import Synchronization

/// Owns tasks that may outlive their callers: a tool that ignores cancellation, a write to a store that does not
/// answer. A task group can't own those, since it waits for all its children.
final class DetachedWork: Sendable {
  /// Limit of concurrent tasks; further ones are rejected.
  static let limit = 1024

  struct Ticket: Hashable, Sendable {
    fileprivate let number: Int
  }

  /// How a body with a timeout ended.
  enum Outcome<Value: Sendable>: Sendable {
    case finished(Value)
    /// It threw after it was cancelled.
    case stopped
    /// It was cancelled and still runs, but is no longer awaited.
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

  /// Starts a task; nil if there are too many, or after ``close()``.
  func start(_ body: @escaping @Sendable () async -> Void) -> Ticket? {
    state.withLock { state in
      guard !state.isClosed, state.tasks.count < Self.limit else { return nil }
      let number = state.next
      state.next += 1
      // The task can't remove itself before it is added: that needs the lock.
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

  /// Cancels all tasks and accepts no more.
  func close() {
    let tasks = state.withLock { state in
      state.isClosed = true
      return Array(state.tasks.values)
    }
    for task in tasks { task.cancel() }
  }

  /// Runs a body in a task of its own and waits for it, for at most `timeout`. Then, or when the caller is cancelled,
  /// the body is cancelled, and abandoned after `grace`.
  /// - Throws: The error of a body that ends in time; ``ClawError`` `resourceExhausted` if there are too many tasks.
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
