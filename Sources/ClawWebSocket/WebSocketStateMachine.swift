import NIOCore

/// The side of the connection; it decides who masks and who closes the socket first.
enum WebSocketRole: Sendable {
  case server
  case client
}

/// The protocol decisions of one connection: how to react to an event of the reader, to a close request and to the
/// clock. It does no I/O; ``WebSocketHandler`` executes its decisions.
struct WebSocketStateMachine {
  enum Phase: Hashable {
    case open
    /// A close was requested here; queued frames are sent first.
    case draining
    /// Our close frame was sent, the peer's is awaited.
    case closeSent
    /// Nothing more is read; only the end of the socket is awaited.
    case finishing
    case closed
  }

  /// How to close the socket.
  enum Ending: Hashable {
    /// Both close frames were exchanged and we are the server: close now.
    case closeSocket
    /// We are the client: the server closes the socket, within the deadline.
    case awaitPeer
    /// The peer violated the protocol and may still be sending: close our direction only, so that unread bytes do not
    /// make the kernel reset the connection and lose our close frame.
    case closeOutput
  }

  enum Step: Hashable {
    case ignore
    case deliver(WebSocketMessage)
    case pong(ByteBuffer)
    case sendClose(ByteBuffer, then: Ending)
    case end(Ending)
  }

  enum TimerStep: Hashable {
    case nothing
    case ping
    case sendClose(ByteBuffer)
    case drop
  }

  private let role: WebSocketRole
  private let pingInterval: TimeAmount
  private let idleTimeout: TimeAmount
  private let closeTimeout: TimeAmount
  private var lastHeard: NIODeadline
  private var nextPing: NIODeadline
  private var closeDeadline: NIODeadline?

  private(set) var phase = Phase.open
  /// How the connection ends, as far as known.
  private(set) var outcome: WebSocketClose?

  init(role: WebSocketRole, configuration: WebSocketConfiguration, now: NIODeadline) {
    self.role = role
    pingInterval = TimeAmount(configuration.pingInterval)
    idleTimeout = TimeAmount(configuration.idleTimeout)
    closeTimeout = TimeAmount(configuration.closeTimeout)
    lastHeard = now
    nextPing = Self.inStep(now + pingInterval, interval: pingInterval)
  }

  /// Rounds the time up to a grid shared by all connections, so that thousands of them are pinged in a few rounds
  /// instead of waking the event loop one by one.
  private static func inStep(_ time: NIODeadline, interval: TimeAmount) -> NIODeadline {
    let step = UInt64(max(1, interval.nanoseconds / 32))
    return .uptimeNanoseconds((time.uptimeNanoseconds + step - 1) / step * step)
  }

  /// Whether received bytes are still processed.
  var isReading: Bool { phase != .finishing && phase != .closed }
  /// Whether queued data may still be written.
  var isWriting: Bool { phase == .open || phase == .draining }

  // MARK: - Inbound

  /// Bytes were received.
  mutating func heard(now: NIODeadline) {
    lastHeard = now
  }

  mutating func received(_ event: WebSocketFrameReader.Event, now: NIODeadline) -> Step {
    guard isReading else { return .ignore }
    switch event {
    case .message(let message): return phase == .open ? .deliver(message) : .ignore
    case .ping(let payload): return isWriting ? .pong(payload) : .ignore
    case .pong: return .ignore
    case .close(let code, let reason): return peerClosed(code: code, reason: reason, now: now)
    case .violation(let violation): return peerBroke(violation, now: now)
    }
  }

  private mutating func peerClosed(code: WebSocketCloseCode?, reason: String, now: NIODeadline) -> Step {
    let ending = role == .server ? Ending.closeSocket : .awaitPeer
    let answersOwnClose = phase != .open
    let needsReply = phase != .closeSent
    if answersOwnClose {
      outcome?.wasClean = true
    } else {
      outcome = WebSocketClose(code: code ?? .noStatus, reason: reason, wasClean: true, initiatedLocally: false)
    }
    phase = .finishing
    startDeadline(now)
    guard needsReply else { return .end(ending) }
    // The echo carries the peer's code; if we were about to close, our own.
    let reply = answersOwnClose ? (outcome?.code ?? .normal) : (code ?? .noStatus)
    return .sendClose(WebSocketFrameWriter.closePayload(code: reply, reason: ""), then: ending)
  }

  private mutating func peerBroke(_ violation: WebSocketViolation, now: NIODeadline) -> Step {
    let isFirstClose = phase != .closeSent
    phase = .finishing
    startDeadline(now)
    guard isFirstClose else { return .end(.closeSocket) }
    outcome = WebSocketClose(code: violation.code, reason: violation.reason, wasClean: false, initiatedLocally: true)
    let payload = WebSocketFrameWriter.closePayload(code: violation.code, reason: violation.reason)
    return .sendClose(payload, then: .closeOutput)
  }

  // MARK: - Local close

  /// A close was requested locally. False if it is closing already.
  mutating func closeRequested(code: WebSocketCloseCode, reason: String, now: NIODeadline) -> Bool {
    guard phase == .open else { return false }
    phase = .draining
    outcome = WebSocketClose(
      code: code, reason: WebSocketFrameWriter.fitting(reason), wasClean: false, initiatedLocally: true)
    startDeadline(now)
    return true
  }

  /// Moves the close deadline to `limit` from now, unless it is earlier already.
  mutating func hastenClose(within limit: Duration, now: NIODeadline) {
    guard let deadline = closeDeadline else { return }
    closeDeadline = min(deadline, now + TimeAmount(limit))
  }

  /// The queue is written: the payload of the close frame, if it is due.
  mutating func queueDrained() -> ByteBuffer? {
    guard phase == .draining, let outcome else { return nil }
    phase = .closeSent
    return WebSocketFrameWriter.closePayload(code: outcome.code, reason: outcome.reason)
  }

  /// The socket is closed.
  mutating func socketEnded() -> WebSocketClose {
    phase = .closed
    return outcome ?? .abnormal
  }

  private mutating func startDeadline(_ now: NIODeadline) {
    if closeDeadline == nil { closeDeadline = now + closeTimeout }
  }

  // MARK: - Clock

  /// When ``timerFired(now:isReadingPaused:)`` is next due. Received bytes only move it later, so the timer need not be
  /// reset for every message: it fires early, finds nothing to do and is rescheduled.
  var nextDeadline: NIODeadline? {
    if phase == .closed { return nil }
    return closeDeadline ?? min(lastHeard + idleTimeout, nextPing)
  }

  /// - Parameter isReadingPaused: Reading is paused because the application is behind; silence then proves nothing.
  mutating func timerFired(now: NIODeadline, isReadingPaused: Bool) -> TimerStep {
    if let closeDeadline { return now >= closeDeadline && phase != .closed ? .drop : .nothing }
    guard phase == .open else { return .nothing }
    if now >= lastHeard + idleTimeout {
      if !isReadingPaused { return closeForSilence(now: now) }
      lastHeard = now
    }
    guard now >= nextPing else { return .nothing }
    if role == .client, now < lastHeard + pingInterval {
      nextPing = lastHeard + pingInterval
      return .nothing
    }
    nextPing = Self.inStep(now + pingInterval, interval: pingInterval)
    return .ping
  }

  private mutating func closeForSilence(now: NIODeadline) -> TimerStep {
    let reason = "nothing heard within the idle timeout"
    phase = .closeSent
    outcome = WebSocketClose(code: .goingAway, reason: reason, wasClean: false, initiatedLocally: true)
    startDeadline(now)
    return .sendClose(WebSocketFrameWriter.closePayload(code: .goingAway, reason: reason))
  }
}
