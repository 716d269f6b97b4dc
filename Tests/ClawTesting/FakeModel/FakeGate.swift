/// Blocks a reply until the test opens it.
public final class FakeGate: Sendable {
  private struct State: Sendable {
    var isOpen = false
    var arrivals = 0
    var waiting: [@Sendable () -> Void] = []
  }

  private let board = FakeBoard(State())

  public init() {}

  /// Opens the gate permanently.
  public func open() {
    let waiting = board.update { state in
      state.isOpen = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for resume in waiting { resume() }
  }

  /// Returns once this many replies have reached the gate.
  public func reached(_ count: Int = 1) async {
    await board.wait { $0.arrivals >= count }
  }

  func pass(_ resume: @escaping @Sendable () -> Void) {
    let isOpen = board.update { state in
      state.arrivals += 1
      if !state.isOpen { state.waiting.append(resume) }
      return state.isOpen
    }
    if isOpen { resume() }
  }
}
