import Synchronization

/// Memory budget shared by all request bodies being received or processed.
final class RequestMemory: Sendable {
  /// In bytes.
  let size: Int
  private let taken = Mutex(0)

  init(size: Int) {
    self.size = size
  }

  /// Bytes in use.
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

/// The share of one body. Its first bytes are not counted, so that a small request is accepted however many large ones
/// there are; the number of connections bounds those.
final class BodyShare: Sendable {
  /// In bytes.
  static let free = 64 * 1024

  private let room: RequestMemory
  private let state = Mutex((size: 0, taken: 0))

  init(of room: RequestMemory) {
    self.room = room
  }

  /// Whether the budget allows this many more bytes.
  func grow(by count: Int) -> Bool {
    state.withLock { state in
      state.size += count
      let more = max(0, state.size - Self.free) - state.taken
      guard more <= 0 || room.take(more) else { return false }
      state.taken += max(0, more)
      return true
    }
  }

  /// Releases the share. May be called more than once.
  func giveBack() {
    let taken = state.withLock { state in
      defer { state = (0, 0) }
      return state.taken
    }
    if taken > 0 { room.giveBack(taken) }
  }

  deinit { giveBack() }
}
