import Synchronization

/// Room for the bodies that arrive, or are worked on, at the same time: what all of them may take together.
final class RequestMemory: Sendable {
  /// In bytes.
  let size: Int
  private let taken = Mutex(0)

  init(size: Int) {
    self.size = size
  }

  /// What is taken now, in bytes.
  var bytesInUse: Int { taken.withLock { $0 } }

  fileprivate func take(_ count: Int) -> Bool {
    taken.withLock { taken in
      guard taken + count <= size else { return false }
      taken += count
      return true
    }
  }

  fileprivate func giveBack(_ count: Int) {
    taken.withLock { $0 -= count }
  }
}

/// What one body takes of the room. Its first bytes are free, so that a small request passes however many large ones
/// there are; the number of connections bounds those.
final class BodyShare: Sendable {
  /// In bytes.
  static let free = 64 * 1024

  private let room: RequestMemory
  private let state = Mutex((size: 0, taken: 0))

  init(of room: RequestMemory) {
    self.room = room
  }

  /// Whether there is room for so many bytes more.
  func grow(by count: Int) -> Bool {
    state.withLock { state in
      state.size += count
      let more = max(0, state.size - Self.free) - state.taken
      guard more <= 0 || room.take(more) else { return false }
      state.taken += max(0, more)
      return true
    }
  }

  /// The body is gone. May be called more than once.
  func giveBack() {
    let taken = state.withLock { state in
      defer { state = (0, 0) }
      return state.taken
    }
    if taken > 0 { room.giveBack(taken) }
  }

  deinit { giveBack() }
}
