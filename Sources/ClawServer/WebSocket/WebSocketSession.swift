import ClawCore
import ClawJSON
import ClawProtocol
import ClawWebSocket
import Logging
import NIOCore
import Synchronization

/// One WebSocket connection, from its upgrade to its end. Everything it starts ends with it, except runs, which belong
/// to the gateway.
final class WebSocketSession: Sendable {
  /// The client's identity after a successful `connect`.
  struct Identity: Sendable {
    let principal: Principal
    let watcher: WatcherID
    /// When its credential expires.
    let expiresAt: Timestamp?
  }

  private enum PeerState {
    case stranger
    case pending(ConnectHandshake.Waiting)
    case known(Identity)

    var identity: Identity? {
      if case .known(let identity) = self { identity } else { nil }
    }

    var waiting: ConnectHandshake.Waiting? {
      if case .pending(let waiting) = self { waiting } else { nil }
    }

    /// The deadline and the reason for it; nil if there is none.
    func end(connectBy limit: Timestamp) -> (time: Timestamp, reason: String)? {
      switch self {
      case .stranger: (limit, "no successful connect in time")
      case .pending(let waiting): (waiting.expiresAt, "the pairing code has expired")
      case .known(let identity): identity.expiresAt.map { ($0, "the credential has expired") }
      }
    }
  }

  let gateway: GatewayContext
  let connection: WebSocketConnection
  let id: ConnectionRegistry.ID
  /// The client's network address.
  let remote: String
  let logger: Logger
  private let deadline = Mutex<NIOScheduledCallback?>(nil)
  private let standing = Mutex(PeerState.stranger)
  /// Number of connect attempts.
  private let connects = Atomic(0)
  private let slots: CallSlots
  private let turns = TicketQueue()
  private let waitingRuns: Places

  init(
    gateway: GatewayContext, connection: WebSocketConnection, id: ConnectionRegistry.ID, remote: String,
    logger: Logger
  ) {
    self.gateway = gateway
    self.connection = connection
    self.id = id
    self.remote = remote
    self.logger = logger
    slots = CallSlots(limit: gateway.configuration.limits.maxConcurrentCalls)
    waitingRuns = Places(limit: gateway.configuration.limits.maxWaitingRuns)
  }

  /// Returns when the connection has ended and no call is running.
  ///
  /// This task lives as long as the connection, so its stack must stay shallow: a task keeps the memory that it once
  /// needed.
  func run() async {
    await withDiscardingTaskGroup { group in
      var badFrames = badFrameMeter
      while let message = await connection.nextMessage() {
        if let wait = receive(message.payload, &badFrames, in: &group) { await wait() }
      }
      // A running call is completed even if its response can't be delivered: what a client sent before it disconnected
      // is accepted. Waiting calls are cancelled.
      await slots.drained()
      group.cancelAll()
    }
    if let identity = current.identity { gateway.services.feed.detach(identity.watcher) }
  }

  private var current: PeerState { standing.withLock { $0 } }

  /// Ends the connection at its deadline: the connect timeout, the expiry of the pairing code, or that of the device's
  /// pairing. Returns the remaining time; nil if there is no deadline.
  func enforceDeadline() -> Duration? {
    guard let end = current.end(connectBy: gateway.time.now) else { return nil }
    let left = end.time - gateway.time.now
    guard left <= .zero else { return left }
    gateway.connections.expel(connection, reason: end.reason)
    return nil
  }

  /// Replaces the deadline timer.
  func setDeadline(_ timer: NIOScheduledCallback?) {
    deadline.withLock { deadline in
      defer { deadline = timer }
      return deadline
    }?.cancel()
  }

  // MARK: - Reading

  /// What to wait for before reading the next message.
  private typealias Wait = @Sendable () async -> Void

  /// Connect attempts before the connection is closed with 1008.
  private static let maxConnects = 5

  private var badFrameMeter: BadFrameMeter {
    BadFrameMeter(
      limit: gateway.configuration.limits.badFrameLimit, window: gateway.configuration.timing.badFrameWindow)
  }

  private func receive(
    _ payload: ByteBuffer, _ badFrames: inout BadFrameMeter, in group: inout DiscardingTaskGroup
  ) -> Wait? {
    switch Self.request(in: payload) {
    case .success(let frame):
      return receive(frame, in: &group)
    case .failure(let error):
      respond(to: error.id, .failure(ErrorBody(code: .invalidRequest, message: error.message)))
      if badFrames.note(at: .now) {
        gateway.connections.expel(connection, reason: "too many frames that are no requests")
      }
      return nil
    }
  }

  private static func request(in payload: ByteBuffer) -> Result<RequestFrame, FrameError> {
    payload.withUnsafeReadableBytes { raw in
      Result { () throws(FrameError) in try RequestFrame(parsing: raw.bindMemory(to: UInt8.self)) }
    }
  }

  private func receive(_ frame: RequestFrame, in group: inout DiscardingTaskGroup) -> Wait? {
    // After a revocation the connection is being closed; its messages are ignored.
    guard !gateway.connections.hasEnded(id) else { return nil }
    let standing = current
    if frame.method == Connect.name {
      guard standing.identity != nil || connects.add(1, ordering: .relaxed).newValue <= Self.maxConnects else {
        let message = "this socket has tried to connect \(Self.maxConnects) times; open another one"
        respond(to: frame.id, .failure(ErrorBody(code: .resourceExhausted, message: message)))
        gateway.connections.expel(connection, reason: "too many tries to connect")
        return nil
      }
      let done = Signal()
      group.addTask {
        await self.connect(frame, standing)
        done.send()
      }
      return { await done.wait() }
    }
    let (identity, isPending) = (standing.identity, standing.waiting != nil)
    guard let handler = gateway.methods.handlers[frame.method] else {
      let code: ErrorBody =
        identity == nil
        ? AccessPolicy.unauthorized(isPending: isPending)
        : ErrorBody(code: .invalidRequest, message: "unknown method: \(frame.method.prefix(100))")
      respond(to: frame.id, .failure(code))
      return nil
    }
    let role = identity?.principal.role
    if let refusal = AccessPolicy.refusal(of: handler.role, named: handler.name, for: role, isPending: isPending) {
      respond(to: frame.id, .failure(refusal))
      return nil
    }
    let context =
      identity.map { CallContext(principal: $0.principal, watcher: $0.watcher, remote: remote) } ?? .nobody
    return start(handler, frame, context, in: &group)
  }

  // MARK: - Calls

  private func start(
    _ handler: MethodHandler, _ frame: RequestFrame, _ context: CallContext, in group: inout DiscardingTaskGroup
  ) -> Wait? {
    guard !handler.isOrdered || waitingRuns.take() else {
      let limit = gateway.configuration.limits.maxWaitingRuns
      let message = "\(limit) calls of this connection wait for their run; send wait:false or wait for answers"
      respond(
        to: frame.id,
        .failure(ErrorBody(code: .resourceExhausted, message: message, retryable: true, retryAfterMs: 1000)))
      return nil
    }
    slots.take()
    let ticket = handler.isOrdered ? turns.ticket() : nil
    group.addTask {
      await self.perform(handler, frame, context, ticket: ticket)
      if ticket != nil { self.waitingRuns.giveBack() }
    }
    guard slots.isFull else { return nil }
    return { [slots] in await slots.untilFree() }
  }

  private func perform(_ handler: MethodHandler, _ frame: RequestFrame, _ context: CallContext, ticket: Int?) async {
    if let ticket { await turns.turn(of: ticket) }
    let reply: Result<Reply<JSONValue>, any Error>
    do {
      reply = .success(try await handler.call(frame.params, context))
    } catch {
      reply = .failure(error)
    }
    if let ticket { turns.giveBack(ticket) }
    var further: (@Sendable () async -> Void)?
    switch reply {
    case .failure(let error):
      await answer(frame, .failure(error))
    case .success(.now(let payload)):
      await answer(frame, .success(payload))
    case .success(.followed(let payload, let work)):
      await answer(frame, .success(payload))
      further = work
    case .success(.later(let wait)):
      gateway.answers.begin()
      further = { await self.answerLater(frame, wait) }
    }
    slots.release()
    await further?()
  }

  private func answerLater(_ frame: RequestFrame, _ wait: @Sendable () async throws -> JSONValue) async {
    defer { gateway.answers.end() }
    do {
      await answer(frame, .success(try await wait()))
    } catch {
      await answer(frame, .failure(error))
    }
  }

  private func answer(_ frame: RequestFrame, _ result: Result<JSONValue, any Error>) async {
    switch result {
    case .success(let payload):
      await respondPaced(to: frame.id, payload)
    case .failure(let error):
      let known = ClawError(wrapping: error)
      if known.code == .internalError {
        logger.error("call failed", metadata: ["method": "\(frame.method)", "error": "\(known)"])
      }
      respond(to: frame.id, .failure(ErrorBody(known)))
    }
  }

  // MARK: - Connect

  private func connect(_ frame: RequestFrame, _ before: PeerState) async {
    let handshake = ConnectHandshake(
      gateway: gateway, connectionID: id, remote: remote, issuedSender: before.waiting?.sender)
    switch await handshake.decide(frame.params, isFirst: before.identity == nil) {
    case .accepted(let admission, let payload):
      guard gateway.sockets.admit(connection.channel) else {
        respond(to: frame.id, .failure(ErrorBody(gateway.noRoom)))
        return connection.close(code: .tryAgainLater, reason: "no connection is free")
      }
      connection.setMaxMessageBytes(gateway.configuration.limits.maxFrameBytes)
      // Once the response is sent, no further event may be missed.
      let watcher = ConnectionWatcher(connection: connection, dialect: admission.dialect)
      let watcherID = gateway.services.feed.attach(watcher, as: admission.principal)
      respond(to: frame.id, .success(payload))
      watcher.open()
      let identity = Identity(
        principal: admission.principal, watcher: watcherID, expiresAt: admission.expiresAt)
      standing.withLock { $0 = .known(identity) }
      gateway.connections.authenticated(id, as: admission.principal)
    case .pending(let waiting, let payload):
      gateway.sockets.wait(connection.channel)
      standing.withLock { $0 = .pending(waiting) }
      respond(to: frame.id, .success(payload))
    case .refused(let error, let closes):
      respond(to: frame.id, .failure(error))
      if closes { gateway.connections.expel(connection, reason: "unauthorized") }
    }
  }

  // MARK: - Responding

  private func respond(to requestID: RequestID?, _ result: Result<JSONValue, ErrorBody>) {
    guard let bytes = encoded(.response(id: requestID, result)) else { return }
    connection.send(text: bytes)
  }

  /// Long responses, such as a page of history, are paced by the reader instead of exceeding the queue's bound.
  private func respondPaced(to requestID: RequestID, _ payload: JSONValue) async {
    guard let bytes = encoded(.response(id: requestID, .success(payload))) else { return }
    if bytes.readableBytes > 64 * 1024 {
      _ = await connection.sendPaced(text: bytes)
    } else {
      connection.send(text: bytes)
    }
  }

  private func encoded(_ frame: ServerFrame) -> ByteBuffer? {
    do {
      return ByteBuffer(bytes: try frame.json.serialized())
    } catch {
      logger.error("answer can't be written", metadata: ["error": "\(error)"])
      connection.close(code: .internalError)
      return nil
    }
  }
}

extension CallContext {
  /// Placeholder for an unauthenticated caller; only methods without a role see it.
  fileprivate static let nobody = CallContext(
    principal: Principal(tenant: .standard, user: UserID(unchecked: ""), role: .viewer, origin: .webSocket),
    watcher: WatcherID(rawValue: .max), remote: "")
}
