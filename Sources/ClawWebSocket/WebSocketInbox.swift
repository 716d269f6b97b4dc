import DequeModule

/// Received messages that were not consumed yet. At most ``maxMessages`` or twice the largest message in bytes
/// (whichever is reached first); then the socket is not read until half of that is consumed.
struct WebSocketInbox {
  typealias Waiter = CheckedContinuation<WebSocketMessage?, Never>

  static let maxMessages = 64

  private var messages = Deque<WebSocketMessage>()
  private var bytes = 0
  private var waiter: Waiter?
  private var isFinished = false
  /// The event loop has paused reading and waits for ``pop(maxMessageBytes:)`` to resume it.
  private var isPaused = false

  /// Adds a message; returns the consumer if one is waiting for it.
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

  /// Whether reading has to pause; records that it did.
  mutating func pauseIfFull(maxMessageBytes: Int) -> Bool {
    isPaused = !isFinished && (messages.count >= Self.maxMessages || bytes >= 2 * max(1, maxMessageBytes))
    return isPaused
  }

  /// The next message, and whether to resume reading.
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
    /// There is a message, or there will never be another: do not wait.
    case answer(WebSocketMessage?, resumesReading: Bool)
  }

  mutating func wait(_ waiter: Waiter, maxMessageBytes: Int) -> Wait {
    let next = pop(maxMessageBytes: maxMessageBytes)
    if let message = next.message { return .answer(message, resumesReading: next.resumesReading) }
    // A second consumer is a programming error of the caller, and gets nil.
    guard !isFinished, self.waiter == nil else { return .answer(nil, resumesReading: false) }
    self.waiter = waiter
    return .waiting
  }

  mutating func removeWaiter() -> Waiter? {
    defer { waiter = nil }
    return waiter
  }

  /// No more messages will arrive; queued ones can still be consumed.
  mutating func finish() -> Waiter? {
    isFinished = true
    return removeWaiter()
  }
}
