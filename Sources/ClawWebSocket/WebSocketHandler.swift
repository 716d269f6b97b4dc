import NIOCore

/// The one channel handler of a WebSocket: bytes in, bytes out, timers. It lives on the channel's event loop, asks
/// ``WebSocketStateMachine`` what to do and talks to tasks through ``WebSocketConnection``.
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
  /// Bytes that wait because the inbox is full: the rest of one read of the socket, as nothing is read meanwhile.
  private var unread = ByteBuffer()
  private var isReadingPaused = false
  /// The latest ping that could not be answered because the socket is full; RFC 6455 section 5.5.3 asks for no more.
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
    // Whatever it is (a reset, a TLS alert), the byte stream is not to be relied on any more.
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
    // Reads are asked for here and not left to handlers behind this one, which may have stopped asking.
    if !isReadingPaused { context.read() }
  }

  func read(context: ChannelHandlerContext) {
    if !isReadingPaused { context.read() }
  }

  /// The application has taken messages.
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

  /// Writes what is queued, as far as the socket takes it, and starts a close that was asked for.
  func drain() {
    guard let context else { return }
    let request = connection.outbound.withLock { queue in
      queue.drainStarted()
      return queue.closeRequest
    }
    if let request, machine.closeRequested(code: request.code, reason: request.reason, now: now) {
      armTimer()
      // From now on messages are discarded, so the inbox no longer holds the reading back.
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

  /// A close that is under way may take this long from now on.
  func hastenClose(within limit: Duration) {
    machine.hastenClose(within: limit, now: now)
    armTimer()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable { drain() }
    context.fireChannelWritabilityChanged()
  }

  /// Puts up to 64 KiB of frames into the channel's buffer; false if there were none.
  private func writeBatch(_ context: ChannelHandlerContext) -> Bool {
    var live = 0
    var paced = 0
    var batch = ByteBuffer()
    while live + paced < 64 * 1024, let frame = connection.outbound.withLock({ $0.removeFirst() }) {
      if frame.isPaced { paced += frame.wireBytes } else { live += frame.wireBytes }
      // A large payload that needs no masking goes to the socket as it is; a small one is cheaper to copy.
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
    // Not at once: this may run inside the flush of a drain.
    if after.needsDrain { context?.eventLoop.assumeIsolated().execute { self.drain() } }
  }

  private func maskingKey() -> UInt32? {
    // RFC 6455 section 5.3 wants every key from a strong source.
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
      // A transport that cannot end one direction alone is closed whole.
      promise.futureResult.assumeIsolated().whenFailure { _ in context.close(promise: nil) }
      context.close(mode: .output, promise: promise)
    }
  }

  // MARK: - Timer

  /// One callback per connection, moved only when something is due earlier than it would fire.
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
      // With a full socket a ping would only wait behind the data; the pong it is for would prove nothing new.
      if context.channel.isWritable {
        writeControl(.ping, ByteBuffer(), promise: nil)
        context.flush()
      }
    }
    armTimer()
  }
}
