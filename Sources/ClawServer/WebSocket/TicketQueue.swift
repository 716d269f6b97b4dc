import Synchronization

/// Lets things happen in the order in which their tickets were drawn. At most one ticket is out per call slot.
final class TicketQueue: Sendable {
  private struct State {
    var nextTicket = 0
    var serving = 0
    var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
    /// Tickets given back before it was their turn.
    var returned: Set<Int> = []
  }

  private let state = Mutex(State())

  func ticket() -> Int {
    state.withLock { state in
      defer { state.nextTicket += 1 }
      return state.nextTicket
    }
  }

  /// Waits until all earlier tickets are given back. Not ended by cancellation: that is heeded by what runs in turn,
  /// and everyone who runs gives the ticket back.
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

  /// Gives a ticket back, once.
  func giveBack(_ ticket: Int) {
    let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
      state.returned.insert(ticket)
      while state.returned.remove(state.serving) != nil { state.serving += 1 }
      return state.waiting.removeValue(forKey: state.serving)
    }
    next?.resume()
  }
}
