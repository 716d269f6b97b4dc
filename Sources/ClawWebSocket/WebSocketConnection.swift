import DequeModule
import NIOCore
import Synchronization

/// One open WebSocket, usable from any task or thread.
///
/// The connection stays open until ``close(code:reason:)``, until the peer closes, or until a limit of its
/// ``WebSocketConfiguration`` is exceeded; releasing this object does not close it. Compression and other extensions
/// are not offered.
public final class WebSocketConnection: Sendable {
  /// The transport, for counting or observing connections; writing to it or closing it bypasses the protocol.
  public let channel: any Channel
  let configuration: WebSocketConfiguration
  let isMasking: Bool
  let handler: NIOLoopBoundBox<WebSocketHandler?>
  let outbound: Mutex<WebSocketOutboundQueue>
  let inbox = Mutex(WebSocketInbox())
  let ending = Mutex(WebSocketEnding())
  private let messageLimit: Atomic<Int>

  /// The peer's address when the connection was opened; nil if the transport has none.
  public let remoteAddress: SocketAddress?

  init(channel: any Channel, role: WebSocketRole, configuration: WebSocketConfiguration) {
    self.channel = channel
    self.configuration = configuration
    isMasking = role == .client
    handler = .makeEmptyBox(valueType: WebSocketHandler.self, eventLoop: channel.eventLoop)
    outbound = Mutex(WebSocketOutboundQueue(maxBytes: configuration.maxQueueBytes))
    messageLimit = Atomic(configuration.maxMessageBytes)
    remoteAddress = channel.remoteAddress
  }

  /// The connection's event loop.
  public var eventLoop: any EventLoop { channel.eventLoop }

  /// The current size limit of a frame and of a message, in bytes.
  public var maxMessageBytes: Int { messageLimit.load(ordering: .relaxed) }

  /// Sets the size limit of a frame and of a message, in bytes, from the next frame header on.
  public func setMaxMessageBytes(_ bytes: Int) {
    messageLimit.store(max(0, bytes), ordering: .relaxed)
  }

  /// Bytes accepted for sending and not yet written to the socket, headers included.
  public var queuedBytes: Int { outbound.withLock { $0.bytes } }

  // MARK: - Receiving

  /// The next message, in order; nil at the end of the connection and on cancellation. Only one task may wait at a
  /// time. The socket is not read while 64 messages, or twice the largest message in bytes, are waiting.
  public func nextMessage() async -> WebSocketMessage? {
    if Task.isCancelled { return nil }
    let ready = inbox.withLock { $0.pop(maxMessageBytes: maxMessageBytes) }
    if ready.resumesReading { onLoop { $0.inboxHasRoom() } }
    if let message = ready.message { return message }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { wait($0) }
    } onCancel: {
      inbox.withLock { $0.removeWaiter() }?.resume(returning: nil)
    }
  }

  private func wait(_ waiter: WebSocketInbox.Waiter) {
    switch inbox.withLock({ $0.wait(waiter, maxMessageBytes: maxMessageBytes) }) {
    case .answer(let message, let resumesReading):
      if resumesReading { onLoop { $0.inboxHasRoom() } }
      waiter.resume(returning: message)
    case .waiting:
      // If the task was cancelled before the waiter was stored, the cancellation handler found nothing to resume.
      if Task.isCancelled { inbox.withLock { $0.removeWaiter() }?.resume(returning: nil) }
    }
  }

  // MARK: - Sending

  /// Queues a text message; never blocks, and messages are sent in call order. The bytes must be UTF-8.
  ///
  /// If the queue's bound would be exceeded, the connection is closed with 1013 and queued messages are discarded. A
  /// message larger than the whole bound is accepted if the queue is empty.
  /// - Returns: false if it was not accepted: the connection is closed or closing.
  @discardableResult
  public func send(text: ByteBuffer) -> Bool {
    enqueue(.text, text)
  }

  /// ``send(text:)-(ByteBuffer)`` for a string.
  @discardableResult
  public func send(text: String) -> Bool {
    enqueue(.text, ByteBuffer(string: text))
  }

  /// Queues a message of either kind, like ``send(text:)-(ByteBuffer)``.
  @discardableResult
  public func send(_ message: WebSocketMessage) -> Bool {
    switch message {
    case .text(let bytes): enqueue(.text, bytes)
    case .binary(let bytes): enqueue(.binary, bytes)
    }
  }

  /// Queues a text message like ``send(text:)-(ByteBuffer)``, but defers the write to the next sent message or to
  /// ``flush()``, so that messages in quick succession are written together.
  @discardableResult
  public func queue(text: ByteBuffer) -> Bool {
    enqueue(.text, text, isFlushed: false)
  }

  /// Writes the queued messages.
  public func flush() {
    if outbound.withLock({ $0.needsDrain() }) { onLoop { $0.drain() } }
  }

  private func frame(_ type: WebSocketFrameType, _ payload: ByteBuffer, isPaced: Bool) -> WebSocketOutboundQueue.Frame {
    let wireBytes = WebSocketFrameWriter.size(payloadBytes: payload.readableBytes, masked: isMasking)
    return WebSocketOutboundQueue.Frame(type: type, payload: payload, wireBytes: wireBytes, isPaced: isPaced)
  }

  private func enqueue(_ type: WebSocketFrameType, _ payload: ByteBuffer, isFlushed: Bool = true) -> Bool {
    let frame = frame(type, payload, isPaced: false)
    let (admission, waiters) = outbound.withLock { queue -> (WebSocketOutboundQueue.Admission, [Waiter]) in
      let admission = queue.admit(frame, isFlushed: isFlushed)
      return (admission, admission == .full ? queue.removeWaiters() : [])
    }
    switch admission {
    case .accepted(let needsDrain):
      if needsDrain { onLoop { $0.drain() } }
      return true
    case .full:
      for waiter in waiters { waiter.resume(returning: false) }
      onLoop { $0.drain() }
      return false
    case .later, .closed:
      return false
    }
  }

  /// Waits until the queue is nearly empty, then queues the message. For long replays, which are thereby paced by the
  /// peer. It never exceeds the queue's bound, and does not count against it for others.
  /// - Returns: false if the connection is closed or closing, or the task was cancelled before the message was queued.
  public func sendPaced(text: ByteBuffer) async -> Bool {
    let frame = frame(.text, text, isPaced: true)
    let id = Mutex<UInt64?>(nil)
    return await withTaskCancellationHandler {
      await withCheckedContinuation { waiter in
        admitOrWait(frame, waiter, id)
      }
    } onCancel: {
      removePacedWaiter(id)
    }
  }

  private typealias Waiter = WebSocketOutboundQueue.Waiter

  private func admitOrWait(_ frame: WebSocketOutboundQueue.Frame, _ waiter: Waiter, _ id: borrowing Mutex<UInt64?>) {
    let (admission, ticket) = outbound.withLock { queue -> (WebSocketOutboundQueue.Admission, UInt64?) in
      let admission = queue.admitPaced(frame)
      return (admission, admission == .later ? queue.wait(frame, waiter) : nil)
    }
    switch admission {
    case .accepted(let needsDrain):
      if needsDrain { onLoop { $0.drain() } }
      waiter.resume(returning: true)
    case .later where ticket != nil:
      id.withLock { $0 = ticket }
      // If the task was cancelled before the ticket existed, the cancellation handler found nothing to remove.
      if Task.isCancelled { removePacedWaiter(id) }
    case .later, .full, .closed:
      waiter.resume(returning: false)
    }
  }

  private func removePacedWaiter(_ id: borrowing Mutex<UInt64?>) {
    guard let ticket = id.withLock({ $0 }) else { return }
    outbound.withLock { $0.removeWaiter(ticket) }?.resume(returning: false)
  }

  // MARK: - Closing

  /// Starts the closing handshake; only the first call counts. Messages already queued are sent first. If the peer does
  /// not answer within the close timeout, the socket is closed.
  /// - Parameter limit: Replaces the close timeout if it is shorter, even if a close is already in progress: for a peer
  ///   that must be disconnected whether it reads or not.
  public func close(code: WebSocketCloseCode, reason: String = "", within limit: Duration? = nil) {
    let waiters = outbound.withLock { $0.close(code: code, reason: reason) }
    for waiter in waiters ?? [] { waiter.resume(returning: false) }
    guard waiters != nil || limit != nil else { return }
    onLoop { handler in
      handler.drain()
      if let limit { handler.hastenClose(within: limit) }
    }
  }

  /// Waits for the connection to end and returns how. Does not close it, and is not interrupted by cancellation.
  public func closed() async -> WebSocketClose {
    await withCheckedContinuation { waiter in
      ending.withLock { $0.wait(waiter) }?.resume(with: waiter)
    }
  }

  private func onLoop(_ work: @escaping @Sendable (WebSocketHandler) -> Void) {
    channel.eventLoop.execute {
      if let handler = self.handler.value { work(handler) }
    }
  }
}

/// The result of a connection and the callers waiting for it.
struct WebSocketEnding {
  typealias Waiter = CheckedContinuation<WebSocketClose, Never>

  private(set) var result: WebSocketClose?
  private var waiters: [Waiter] = []

  /// The result, if there is one; otherwise stores the waiter.
  mutating func wait(_ waiter: Waiter) -> WebSocketClose? {
    if result == nil { waiters.append(waiter) }
    return result
  }

  /// Stores the result and returns the waiters.
  mutating func end(_ close: WebSocketClose) -> [Waiter] {
    guard result == nil else { return [] }
    result = close
    defer { waiters = [] }
    return waiters
  }
}

extension WebSocketClose {
  fileprivate func resume(with waiter: WebSocketEnding.Waiter) {
    waiter.resume(returning: self)
  }
}
