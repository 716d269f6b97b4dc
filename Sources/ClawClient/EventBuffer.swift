import Synchronization

/// A buffer between the connection and a reader. Bounded in number and in bytes: an event that does not fit ends the
/// stream (see ``ClientConfiguration/maxWaitingEvents``), so that a gap can't go unnoticed.
final class EventBuffer: Sendable {
  private typealias Waiter = CheckedContinuation<Result<ServerEvent?, ClientError>, Never>

  private struct State {
    var events: [(event: ServerEvent, bytes: Int)] = []
    /// Index of the first of `events` that was not consumed.
    var head = 0
    var bytes = 0
    /// False until events are requested; none are buffered before.
    var isWanted = false
    var waiter: Waiter?
    /// How the stream ended; nil inside means that the client closed it.
    var ending: Result<ServerEvent?, ClientError>?

    mutating func popFirst() -> ServerEvent? {
      guard head < events.count else { return nil }
      let (event, size) = events[head]
      head += 1
      bytes -= size
      // Consumed ones are removed in bulk, for amortized constant time.
      if head == events.count || head >= 1024 {
        events.removeFirst(head)
        head = 0
      }
      return event
    }
  }

  private let state = Mutex(State())
  private let maxEvents: Int
  private let maxBytes: Int

  init(maxEvents: Int, maxBytes: Int) {
    self.maxEvents = maxEvents
    self.maxBytes = maxBytes
  }

  /// Starts buffering.
  func want() { state.withLock { $0.isWanted = true } }

  /// - Returns: false if there is no room; the stream has then ended.
  func push(_ event: ServerEvent, bytes: Int) -> Bool {
    let (waiter, fits) = state.withLock { state -> (Waiter?, Bool) in
      guard state.isWanted, state.ending == nil else { return (nil, true) }
      if let waiter = state.waiter {
        state.waiter = nil
        return (waiter, true)
      }
      guard state.events.count - state.head < maxEvents, state.bytes + bytes <= maxBytes || state.bytes == 0 else {
        state.ending = .failure(.overflow("events were not read as fast as they came; resume after the last one"))
        return (nil, false)
      }
      state.events.append((event, bytes))
      state.bytes += bytes
      return (nil, true)
    }
    waiter?.resume(returning: .success(event))
    return fits
  }

  /// Ends the stream; buffered events can still be read. Only the first ending counts.
  func finish(_ ending: Result<ServerEvent?, ClientError>) {
    let waiter = state.withLock { state -> Waiter? in
      guard state.ending == nil else { return nil }
      state.ending = ending
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume(returning: ending)
  }

  /// The next event; nil at the end and on cancellation. One reader at a time; a second one gets an error.
  func next() async throws(ClientError) -> ServerEvent? {
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { waiter in
        if let ready = state.withLock({ takeOrWait(&$0, waiter) }) { waiter.resume(returning: ready) }
      }
    } onCancel: {
      let waiter = state.withLock { state -> Waiter? in
        defer { state.waiter = nil }
        return state.waiter
      }
      waiter?.resume(returning: .success(nil))
    }
    return try result.get()
  }

  private func takeOrWait(_ state: inout State, _ waiter: Waiter) -> Result<ServerEvent?, ClientError>? {
    if let event = state.popFirst() { return .success(event) }
    if let ending = state.ending { return ending }
    if Task.isCancelled { return .success(nil) }
    guard state.waiter == nil else { return .failure(.overflow("events can be read by one task at a time")) }
    state.waiter = waiter
    return nil
  }
}
