import NIOCore

/// The channel handler of a WebSocket: reads, writes, timers. It runs on the channel's event loop, executes what
/// ``WebSocketStateMachine`` decides and communicates with tasks through ``WebSocketConnection``.
final class WebSocketHandler: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let connection: WebSocketConnection
  private var machine: WebSocketStateMachine
  private var reader: WebSocketFrameReader
  private var context: ChannelHandlerContext?
  private var timer: NIOScheduledCallback?
  private var timerDeadline: NIODeadline?
  /// Bytes not yet parsed because the inbox is full: at most the rest of one read, since reading is paused meanwhile.
  private var unread = ByteBuffer()
  private var isReadingPaused = false
  /// The latest ping that could not be answered because the socket is not writable; RFC 6455 section 5.5.3 requires
  /// only that one.
  private var owedPong: ByteBuffer?

  init(connection: WebSocketConnection, role: WebSocketRole) {
    self.connection = connection
    machine = WebSocketStateMachine(
      role: role, configuration: connection.configuration, now: connection.eventLoop.now)
    reader = WebSocketFrameReader(
      expectsMask: role == .server, acceptsBinary: connection.configuration.acceptsBinary)
  }

  private var now: NIODeadline { connection.eventLoop.now }

  // MARK: - Life

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    connection.handler.value = self
    armTimer()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    finish()
    self.context = nil
  }

  func channelInactive(context: ChannelHandlerContext) {
    isReadingPaused = false
    if unread.readableBytes > 0 { process(ignoringInboxBound: true) }
    finish()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // After any error (a reset, a TLS alert) the byte stream is unreliable.
    context.close(promise: nil)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if let event = event as? ChannelEvent, event == .inputClosed {
      isReadingPaused = false
      if unread.readableBytes > 0 { process(ignoringInboxBound: true) }
      context.close(promise: nil)
    }
    context.fireUserInboundEventTriggered(event)
  }

  private func finish() {
    timer?.cancel()
    timer = nil
    connection.handler.value = nil
    let close = machine.socketEnded()
    for waiter in connection.outbound.withLock({ $0.abandon() }) { waiter.resume(returning: false) }
    connection.inbox.withLock { $0.finish() }?.resume(returning: nil)
    for waiter in connection.ending.withLock({ $0.end(close) }) { waiter.resume(returning: close) }
  }

  // MARK: - Inbound

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard machine.isReading else { return }
    machine.heard(now: now)
    var bytes = Self.unwrapInboundIn(data)
    if unread.readableBytes == 0 { swap(&unread, &bytes) } else { unread.writeBuffer(&bytes) }
    if !isReadingPaused { process() }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    context.fireChannelReadComplete()
    // Reads are requested here and not left to handlers behind this one, which may have stopped requesting them.
    if !isReadingPaused { context.read() }
  }

  func read(context: ChannelHandlerContext) {
    if !isReadingPaused { context.read() }
  }

  /// The application has consumed messages.
  func inboxHasRoom() {
    guard isReadingPaused else { return }
    isReadingPaused = false
    process()
    if !isReadingPaused { context?.read() }
  }

  private func process(ignoringInboxBound: Bool = false) {
    let limit = connection.maxMessageBytes
    var wrote = false
    while machine.isReading, let event = reader.next(&unread, maxMessageBytes: limit) {
      switch machine.received(event, now: now) {
      case .ignore: break
      case .deliver(let message):
        connection.inbox.withLock { $0.push(message) }?.resume(returning: message)
        guard !ignoringInboxBound, connection.inbox.withLock({ $0.pauseIfFull(maxMessageBytes: limit) }) else { break }
        isReadingPaused = true
        if wrote { context?.flush() }
        return
      case .pong(let payload):
        wrote = answer(payload) || wrote
      case .sendClose(let payload, let ending):
        writeClose(payload, then: ending)
      case .end(let ending):
        end(ending)
      }
    }
    if wrote { context?.flush() }
    if !machine.isReading || unread.readableBytes == 0 { unread = ByteBuffer() }
  }

  private func answer(_ payload: ByteBuffer) -> Bool {
    guard let context else { return false }
    guard context.channel.isWritable else {
      owedPong = payload
      return false
    }
    writeControl(.pong, payload, promise: nil)
    return true
  }

  // MARK: - Outbound

  /// Writes queued frames while the socket is writable, and starts a requested close.
  func drain() {
    guard let context else { return }
    let request = connection.outbound.withLock { queue in
      queue.drainStarted()
      return queue.closeRequest
    }
    if let request, machine.closeRequested(code: request.code, reason: request.reason, now: now) {
      armTimer()
      // From now on messages are discarded, so the inbox no longer pauses reading.
      inboxHasRoom()
    }
    guard machine.isWriting else { return }
    if let payload = owedPong, context.channel.isWritable {
      owedPong = nil
      writeControl(.pong, payload, promise: nil)
    }
    while context.channel.isWritable, writeBatch(context) {}
    if !connection.outbound.withLock({ $0.hasFrames }), let payload = machine.queueDrained() {
      writeClose(payload, then: nil)
    } else {
      context.flush()
    }
  }

  /// Limits the remaining time of a close in progress.
  func hastenClose(within limit: Duration) {
    machine.hastenClose(within: limit, now: now)
    armTimer()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable { drain() }
    context.fireChannelWritabilityChanged()
  }

  /// Writes up to 64 KiB of frames to the channel; false if there were none.
  private func writeBatch(_ context: ChannelHandlerContext) -> Bool {
    var live = 0
    var paced = 0
    var batch = ByteBuffer()
    while live + paced < 64 * 1024, let frame = connection.outbound.withLock({ $0.removeFirst() }) {
      if frame.isPaced { paced += frame.wireBytes } else { live += frame.wireBytes }
      // A large payload that needs no masking is written without a copy; a small one is cheaper to copy.
      if !connection.isMasking, frame.payload.readableBytes >= 4096 {
        let bytes = frame.payload.readableBytes
        WebSocketFrameWriter.writeHeader(frame.type, payloadBytes: bytes, key: nil, to: &batch)
        context.write(Self.wrapOutboundOut(batch), promise: nil)
        batch = frame.payload
        break
      }
      batch.reserveCapacity(minimumWritableBytes: frame.wireBytes)
      WebSocketFrameWriter.write(frame.type, payload: frame.payload, key: maskingKey(), to: &batch)
    }
    guard live + paced > 0 else { return false }
    let promise = context.eventLoop.makePromise(of: Void.self)
    promise.futureResult.assumeIsolated().whenComplete { _ in self.written(live: live, paced: paced) }
    context.write(Self.wrapOutboundOut(batch), promise: promise)
    return true
  }

  private func written(live: Int, paced: Int) {
    let after = connection.outbound.withLock { $0.written(live: live, paced: paced) }
    for waiter in after.resume { waiter.resume(returning: true) }
    // Deferred: this may run inside the flush of a drain.
    if after.needsDrain { context?.eventLoop.assumeIsolated().execute { self.drain() } }
  }

  private func maskingKey() -> UInt32? {
    // RFC 6455 section 5.3 requires a strong source of entropy for each key.
    connection.isMasking ? UInt32.random(in: 1...UInt32.max) : nil
  }

  private func writeControl(_ type: WebSocketFrameType, _ payload: ByteBuffer, promise: EventLoopPromise<Void>?) {
    var frame = ByteBuffer()
    WebSocketFrameWriter.write(type, payload: payload, key: maskingKey(), to: &frame)
    context?.write(Self.wrapOutboundOut(frame), promise: promise)
  }

  // MARK: - Closing

  private func writeClose(_ payload: ByteBuffer, then ending: WebSocketStateMachine.Ending?) {
    guard let context else { return }
    // No data frame may follow a close frame.
    for waiter in connection.outbound.withLock({ $0.abandon() }) { waiter.resume(returning: false) }
    owedPong = nil
    isReadingPaused = false
    var promise: EventLoopPromise<Void>?
    if let ending {
      let written = context.eventLoop.makePromise(of: Void.self)
      written.futureResult.assumeIsolated().whenComplete { _ in self.end(ending) }
      promise = written
    }
    writeControl(.close, payload, promise: promise)
    context.flush()
    armTimer()
    context.read()
  }

  private func end(_ ending: WebSocketStateMachine.Ending) {
    guard let context else { return }
    armTimer()
    switch ending {
    case .awaitPeer: break
    case .closeSocket: context.close(promise: nil)
    case .closeOutput:
      let promise = context.eventLoop.makePromise(of: Void.self)
      // A transport that can't be half-closed is closed.
      promise.futureResult.assumeIsolated().whenFailure { _ in context.close(promise: nil) }
      context.close(mode: .output, promise: promise)
    }
  }

  // MARK: - Timer

  /// One scheduled callback per connection, moved only if something is due earlier than it would fire.
  private func armTimer() {
    guard let context, let deadline = machine.nextDeadline else { return }
    if let timerDeadline, timer != nil, timerDeadline <= deadline { return }
    timer?.cancel()
    timerDeadline = deadline
    timer = try? context.eventLoop.assumeIsolated().scheduleCallback(at: deadline, handler: self)
  }
}

extension WebSocketHandler: NIOScheduledCallbackHandler {
  func handleScheduledCallback(eventLoop: some EventLoop) {
    timer = nil
    guard let context else { return }
    switch machine.timerFired(now: now, isReadingPaused: isReadingPaused) {
    case .nothing: break
    case .drop: return context.close(promise: nil)
    case .sendClose(let payload): writeClose(payload, then: nil)
    case .ping:
      // With a full socket a ping would only queue behind the data, and its pong would prove nothing new.
      if context.channel.isWritable {
        writeControl(.ping, ByteBuffer(), promise: nil)
        context.flush()
      }
    }
    armTimer()
  }
}
