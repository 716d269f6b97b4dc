import Synchronization

/// Executes tasks in the order in which they drew their tickets. At most one ticket per call slot.
final class TicketQueue: Sendable {
  private struct State {
    var nextTicket = 0
    var serving = 0
    var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
    /// Tickets returned out of order.
    var returned: Set<Int> = []
  }

  private let state = Mutex(State())

  func ticket() -> Int {
    state.withLock { state in
      defer { state.nextTicket += 1 }
      return state.nextTicket
    }
  }

  /// Waits until all earlier tickets are returned. Ignores cancellation: the code that runs in turn handles it, and
  /// always returns its ticket.
  func turn(of ticket: Int) async {
    await withCheckedContinuation { continuation in
      let isServed = state.withLock { state in
        if state.serving == ticket { return true }
        state.waiting[ticket] = continuation
        return false
      }
      if isServed { continuation.resume() }
    }
  }

  /// Returns a ticket, once.
  func giveBack(_ ticket: Int) {
    let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
      state.returned.insert(ticket)
      while state.returned.remove(state.serving) != nil { state.serving += 1 }
      return state.waiting.removeValue(forKey: state.serving)
    }
    next?.resume()
  }
}
