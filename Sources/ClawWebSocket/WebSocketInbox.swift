import DequeModule

/// Messages that have come in and were not taken yet. At most ``maxMessages`` or twice the largest message in bytes
/// (whichever is reached first) wait here; then the socket is not read until half of that is taken.
struct WebSocketInbox {
  typealias Waiter = CheckedContinuation<WebSocketMessage?, Never>

  static let maxMessages = 64

  private var messages = Deque<WebSocketMessage>()
  private var bytes = 0
  private var waiter: Waiter?
  private var isFinished = false
  /// The event loop has stopped reading and waits to be told to go on.
  private var isPaused = false

  /// Takes a message in; gives back the consumer if one is waiting for just this.
  mutating func push(_ message: WebSocketMessage) -> Waiter? {
    if isFinished { return nil }
    if let waiter {
      self.waiter = nil
      return waiter
    }
    messages.append(message)
    bytes += message.payload.readableBytes
    return nil
  }

  /// Whether reading has to stop; if so it is noted that it did.
  mutating func pauseIfFull(maxMessageBytes: Int) -> Bool {
    isPaused = !isFinished && (messages.count >= Self.maxMessages || bytes >= 2 * max(1, maxMessageBytes))
    return isPaused
  }

  /// The next message, and whether reading is to go on.
  mutating func pop(maxMessageBytes: Int) -> (message: WebSocketMessage?, resumesReading: Bool) {
    guard let message = messages.popFirst() else { return (nil, false) }
    bytes -= message.payload.readableBytes
    if messages.isEmpty { messages = Deque() }
    let hasRoom = messages.count <= Self.maxMessages / 2 && bytes <= max(1, maxMessageBytes)
    guard isPaused, hasRoom else { return (message, false) }
    isPaused = false
    return (message, true)
  }

  enum Wait {
    case waiting
    /// There is something, or there will never be anything more: do not wait.
    case answer(WebSocketMessage?, resumesReading: Bool)
  }

  mutating func wait(_ waiter: Waiter, maxMessageBytes: Int) -> Wait {
    let next = pop(maxMessageBytes: maxMessageBytes)
    if let message = next.message { return .answer(message, resumesReading: next.resumesReading) }
    // A second consumer is a mistake of the caller; it is told that there is nothing for it.
    guard !isFinished, self.waiter == nil else { return .answer(nil, resumesReading: false) }
    self.waiter = waiter
    return .waiting
  }

  mutating func removeWaiter() -> Waiter? {
    defer { waiter = nil }
    return waiter
  }

  /// No more will come; what waits may still be taken.
  mutating func finish() -> Waiter? {
    isFinished = true
    return removeWaiter()
  }
}
