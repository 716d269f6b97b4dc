import ClawJSON
import ClawProtocol
import ClawWebSocket
import NIOCore
import Synchronization

/// One authenticated connection to a gateway.
///
/// It lives as long as the closure that is given to ``withConnection(to:on:isolation:_:)``, which also owns the one
/// task that reads the socket. Everything here may be called from any task, and many calls may be under way at once.
public final class GatewayClient: Sendable {
  /// What the server said when it accepted the connection.
  public var server: Connect.Result {
    get throws(ClientError) {
      guard let accepted = accepted.withLock({ $0 }) else { throw .unreadable("not connected yet") }
      return accepted
    }
  }

  private let configuration: ClientConfiguration
  private let connection: WebSocketConnection
  private let calls: PendingCalls
  private let buffer: EventBuffer
  private let accepted = Mutex<Connect.Result?>(nil)
  private let isClosing = Atomic(false)

  private init(configuration: ClientConfiguration, connection: WebSocketConnection) {
    self.configuration = configuration
    self.connection = connection
    calls = PendingCalls(limit: configuration.maxCallsInFlight)
    buffer = EventBuffer(maxEvents: configuration.maxWaitingEvents, maxBytes: configuration.maxWaitingBytes)
  }

  /// Connects, authenticates, runs the body, and closes the connection when the body is done.
  /// - Parameters:
  ///   - group: Where the socket lives; the shared one without it. Not shut down here.
  /// - Throws: ``ClientError`` if there is no connection to be had, and whatever the body throws.
  public static func withConnection<Value>(
    to configuration: ClientConfiguration, on group: (any EventLoopGroup)? = nil,
    isolation: isolated (any Actor)? = #isolation, _ body: (GatewayClient) async throws -> Value
  ) async throws -> Value {
    let deadline = ContinuousClock.now + configuration.connectTimeout
    let client = GatewayClient(configuration: configuration, connection: try await open(configuration, on: group))
    return try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { await client.read() }
      defer { client.close() }
      try await client.introduce(before: deadline)
      return try await body(client)
    }
  }

  private static func open(
    _ configuration: ClientConfiguration, on group: (any EventLoopGroup)?
  ) async throws(ClientError) -> WebSocketConnection {
    let sockets = group.map { WebSocketClient(eventLoopGroup: $0) } ?? WebSocketClient()
    do {
      return try await sockets.connect(
        url: configuration.url, configuration: WebSocketConfiguration(maxMessageBytes: configuration.maxMessageBytes),
        connectTimeout: configuration.connectTimeout)
    } catch where error.code == .timeout {
      throw .connectTimeout
    } catch {
      throw .cannotConnect(error.message)
    }
  }

  // MARK: - Calling

  /// Calls a method and waits for its answer. Answers come as they are ready, in any order.
  public func call<M: Method>(_ method: M.Type, _ params: M.Params) async throws(ClientError) -> M.Result {
    let payload = try await payload(of: method, params)
    do {
      return try payload.decode(M.Result.self)
    } catch {
      throw .unreadable("the answer to \(M.name): \(error)")
    }
  }

  /// Calls a method that takes no params.
  public func call<M: Method>(_ method: M.Type) async throws(ClientError) -> M.Result where M.Params == NoParams {
    try await call(method, NoParams())
  }

  private func payload<M: Method>(of method: M.Type, _ params: M.Params) async throws(ClientError) -> JSONValue {
    let json: JSONValue
    do {
      json = try JSONValue(encoding: params)
    } catch {
      throw .invalidParams("\(error)")
    }
    let connection = connection
    return try await calls.call { id in
      let frame = RequestFrame(id: .integer(id), method: M.name, params: json)
      return connection.send(text: ByteBuffer(bytes: frame.json.serialized()))
    }.get()
  }

  // MARK: - Events

  /// Events from the first time on that this is asked for. For one reader at a time.
  public var events: ServerEvents {
    buffer.want()
    return ServerEvents(buffer: buffer)
  }

  /// Asks for every event of a session after a number (the last one seen; nil: from now on), then for the live ones.
  /// - Throws: a server error `FAILED_PRECONDITION`, with `oldestSeq` in its details, if those are no longer kept.
  public func subscribe(
    to sessionKey: String, after seq: Int64? = nil, userID: String? = nil
  ) async throws(ClientError) -> SessionsSubscribe.Result {
    buffer.want()
    return try await call(
      SessionsSubscribe.self, .init(sessionKey: sessionKey, afterSeq: seq, userId: userID))
  }

  /// Back to automatic delivery of a session's events.
  public func unsubscribe(from sessionKey: String, userID: String? = nil) async throws(ClientError) {
    _ = try await call(SessionsUnsubscribe.self, .init(sessionKey: sessionKey, userId: userID))
  }

  /// Ends the connection; what the server does for it goes on there.
  public func close() {
    isClosing.store(true, ordering: .relaxed)
    buffer.finish(.success(nil))
    connection.close(code: .normal)
  }

  // MARK: - The connection

  private func introduce(before deadline: ContinuousClock.Instant) async throws(ClientError) {
    let answer = await withTaskGroup(of: Result<JSONValue, ClientError>.self) { tasks in
      tasks.addTask {
        do throws(ClientError) {
          return .success(try await self.payload(of: Connect.self, self.configuration.connectParams))
        } catch {
          return .failure(error)
        }
      }
      tasks.addTask {
        try? await Task.sleep(until: deadline, clock: .continuous)
        return .failure(Task.isCancelled ? .cancelled : .connectTimeout)
      }
      defer { tasks.cancelAll() }
      return await tasks.next() ?? .failure(.cancelled)
    }
    let payload = try answer.get()
    if payload["status"]?.stringValue == "pending_pairing" {
      throw .pairingRequired(code: payload["pairing_code"]?.stringValue ?? "")
    }
    do {
      let result = try payload.decode(Connect.Result.self)
      accepted.withLock { $0 = result }
    } catch {
      throw .unreadable("the answer to connect: \(error)")
    }
  }

  /// Takes what the server sends until the connection ends, then tells all who wait.
  private func read() async {
    var failure: ClientError?
    while failure == nil, let message = await connection.nextMessage() {
      do throws(ClientError) {
        try take(message.payload)
      } catch {
        failure = error
      }
    }
    connection.close(code: failure == nil ? .normal : .protocolError)
    let close = await connection.closed()
    let loss = failure ?? .connectionLost(code: close.code.rawValue, reason: close.reason)
    calls.end(loss)
    buffer.finish(isClosing.load(ordering: .relaxed) ? .success(nil) : .failure(loss))
  }

  private func take(_ bytes: ByteBuffer) throws(ClientError) {
    let frame: ServerFrame
    do {
      frame = try ServerFrame(try bytes.withUnsafeReadableBytes { try JSONValue(parsing: $0) })
    } catch let error as FrameError {
      throw .unreadable(error.message)
    } catch {
      throw .unreadable("\(error)")
    }
    switch frame {
    case .response(.integer(let id)?, .success(let payload)): calls.finish(id, .success(payload))
    case .response(.integer(let id)?, .failure(let error)): calls.finish(id, .failure(.server(error)))
    case .response(_, .failure(let error)): throw .server(error)
    case .response: throw .unreadable("an answer to nothing that was asked")
    case .event(let name, let payload, let seq):
      guard buffer.push(ServerEvent(name: name, payload: payload, seq: seq), bytes: bytes.readableBytes) else {
        throw .overflow("events were not read as fast as they came; resume after the last one")
      }
    }
  }
}
