import ClawCore
import ClawJSON
import ClawProtocol
import ClawWebSocket
import Logging
import NIOCore
import Synchronization

/// One WebSocket connection, from its upgrade to its end. Everything it starts ends with it, except runs: those
/// belong to the gateway.
final class WebSocketSession: Sendable {
  /// Who the connection is, once `connect` was answered with success.
  struct Identity: Sendable {
    let principal: Principal
    let watcher: WatcherID
  }

  let gateway: GatewayContext
  let connection: WebSocketConnection
  let id: ConnectionRegistry.ID
  let logger: Logger
  private let identity = Mutex<Identity?>(nil)
  private let slots: CallSlots
  private let turns = TurnQueue()
  private let waitingRuns: Places

  init(gateway: GatewayContext, connection: WebSocketConnection, id: ConnectionRegistry.ID, logger: Logger) {
    self.gateway = gateway
    self.connection = connection
    self.id = id
    self.logger = logger
    slots = CallSlots(limit: gateway.configuration.limits.maxConcurrentCalls)
    waitingRuns = Places(limit: gateway.configuration.limits.maxWaitingRuns)
  }

  /// Returns when the connection has ended and no call of it is left.
  func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask { await self.enforceConnectTimeout() }
      await self.read(in: &group)
      // A call that has begun is finished, whether or not anybody hears the answer: what a client sent before it
      // left is accepted. What only waits is ended.
      await slots.drained()
      group.cancelAll()
    }
    if let identity = identity.withLock({ $0 }) { gateway.services.feed.detach(identity.watcher) }
  }

  private func enforceConnectTimeout() async {
    try? await Task.sleep(for: gateway.configuration.timing.connectTimeout)
    guard !Task.isCancelled, identity.withLock({ $0 == nil }) else { return }
    connection.close(code: .policyViolation, reason: "no successful connect in time")
  }

  // MARK: - Reading

  private func read(in group: inout DiscardingTaskGroup) async {
    let configuration = gateway.configuration
    var badFrames = BadFrameMeter(
      limit: configuration.limits.badFrameLimit, window: configuration.timing.badFrameWindow)
    while let message = await connection.nextMessage() {
      switch Self.request(in: message.payload) {
      case .success(let frame):
        await receive(frame, in: &group)
      case .failure(let error):
        respond(to: error.id, .failure(ErrorBody(code: .invalidRequest, message: error.message)))
        if badFrames.note(at: .now) {
          connection.close(code: .policyViolation, reason: "too many frames that are no requests")
        }
      }
    }
  }

  private static func request(in payload: ByteBuffer) -> Result<RequestFrame, FrameError> {
    payload.withUnsafeReadableBytes { raw in
      Result { () throws(FrameError) in try RequestFrame(parsing: raw.bindMemory(to: UInt8.self)) }
    }
  }

  private func receive(_ frame: RequestFrame, in group: inout DiscardingTaskGroup) async {
    let identity = identity.withLock { $0 }
    if frame.method == Connect.name { return connect(frame, isFirst: identity == nil) }
    guard let handler = gateway.methods.handlers[frame.method] else {
      let code: ErrorBody =
        identity == nil
        ? ErrorBody(code: .unauthorized, message: "first request must be 'connect'")
        : ErrorBody(code: .invalidRequest, message: "unknown method: \(frame.method.prefix(100))")
      return respond(to: frame.id, .failure(code))
    }
    let role = identity?.principal.role
    if let refusal = AccessPolicy.refusal(of: handler.role, named: handler.name, for: role) {
      return respond(to: frame.id, .failure(refusal))
    }
    let context = identity.map { CallContext(principal: $0.principal, watcher: $0.watcher) } ?? .nobody
    await start(handler, frame, context, in: &group)
  }

  // MARK: - Calls

  private func start(
    _ handler: MethodHandler, _ frame: RequestFrame, _ context: CallContext, in group: inout DiscardingTaskGroup
  ) async {
    guard !handler.isOrdered || waitingRuns.take() else {
      let limit = gateway.configuration.limits.maxWaitingRuns
      let message = "\(limit) calls of this connection wait for their run; send wait:false or wait for answers"
      return respond(
        to: frame.id,
        .failure(ErrorBody(code: .resourceExhausted, message: message, retryable: true, retryAfterMs: 1000)))
    }
    await slots.acquire()
    let ticket = handler.isOrdered ? turns.ticket() : nil
    group.addTask {
      await self.perform(handler, frame, context, ticket: ticket)
      if ticket != nil { self.waitingRuns.giveBack() }
    }
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
      further = { await self.answerLater(frame, wait) }
    }
    slots.release()
    await further?()
  }

  private func answerLater(_ frame: RequestFrame, _ wait: @Sendable () async throws -> JSONValue) async {
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

  private func connect(_ frame: RequestFrame, isFirst: Bool) {
    switch ConnectHandshake(gateway: gateway, connectionID: id).decide(frame.params, isFirst: isFirst) {
    case .accepted(let principal, let dialect, let payload):
      connection.setMaxMessageBytes(gateway.configuration.limits.maxFrameBytes)
      respond(to: frame.id, .success(payload))
      let watcher = ConnectionWatcher(connection: connection, dialect: dialect)
      let watcherID = gateway.services.feed.attach(watcher, as: principal)
      identity.withLock { $0 = Identity(principal: principal, watcher: watcherID) }
      gateway.connections.authenticated(id, as: principal)
    case .refused(let error, let closes):
      respond(to: frame.id, .failure(error))
      if closes { connection.close(code: .policyViolation, reason: "unauthorized") }
    }
  }

  // MARK: - Answering

  private func respond(to requestID: RequestID?, _ result: Result<JSONValue, ErrorBody>) {
    guard let bytes = encoded(.response(id: requestID, result)) else { return }
    connection.send(text: bytes)
  }

  /// Long answers, such as a page of history, go at the reader's pace instead of tripping the queue's bound.
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
  /// Stands for a caller who has not said who they are; only methods without a role see it.
  fileprivate static let nobody = CallContext(
    principal: Principal(tenant: .standard, user: UserID(unchecked: ""), role: .viewer, origin: .webSocket),
    watcher: WatcherID(rawValue: .max))
}
