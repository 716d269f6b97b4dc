import ClawJSON
import ClawProtocol
import ClawWebSocket
import NIOCore
import Synchronization

/// One socket of a client, and the calls in flight on it.
final class ClientLink: Sendable {
  /// Receives an event and its size in bytes, in order of arrival, on the reading task.
  typealias Deliver = @Sendable (ServerEvent, Int, ClientLink) -> Void

  private let configuration: ClientConfiguration
  private let connection: WebSocketConnection
  private let calls: PendingCalls
  private let deliver: Deliver
  let cursor: Mutex<EventCursor>
  /// The server's size limit for requests, in bytes; nil until the server has announced it.
  private let maxRequestBytes = Mutex<Int?>(nil)

  private init(
    configuration: ClientConfiguration, connection: WebSocketConnection, cursor: EventCursor,
    deliver: @escaping Deliver
  ) {
    self.configuration = configuration
    self.connection = connection
    self.deliver = deliver
    self.cursor = Mutex(cursor)
    calls = PendingCalls(limit: configuration.maxCallsInFlight)
  }

  static func open(
    _ configuration: ClientConfiguration, on group: (any EventLoopGroup)?, cursor: EventCursor,
    deliver: @escaping Deliver
  ) async throws(ClientError) -> ClientLink {
    let sockets = group.map { WebSocketClient(eventLoopGroup: $0) } ?? WebSocketClient()
    do {
      let connection = try await sockets.connect(
        url: configuration.url, configuration: WebSocketConfiguration(maxMessageBytes: configuration.maxMessageBytes),
        connectTimeout: configuration.connectTimeout)
      return ClientLink(configuration: configuration, connection: connection, cursor: cursor, deliver: deliver)
    } catch  where error.code == .timeout {
      throw .connectTimeout
    } catch {
      throw Task.isCancelled ? .cancelled : .cannotConnect(error.message)
    }
  }

  /// Sends a request and waits for its answer.
  /// - Parameter onSuccess: Called when the answer has arrived, before anything behind it is read.
  /// - Returns: nil if nothing was sent, because the connection had already ended.
  /// - Throws: ``ClientError/tooLarge(limit:)`` over the server's size limit: the server would close the connection,
  ///   and again on each retry.
  func request<M: Method>(
    _ method: M.Type, _ params: M.Params, onSuccess: (@Sendable (JSONValue) -> Void)? = nil
  ) async throws(ClientError) -> JSONValue? {
    let json: JSONValue
    do {
      json = try JSONValue(encoding: params)
    } catch {
      throw .invalidParams("\(error)")
    }
    let connection = connection
    if let limit = maxRequestBytes.withLock({ $0 }) {
      // Uses the longest id, so that the result does not depend on the number of earlier requests.
      let frame = RequestFrame(id: .integer(.max), method: M.name, params: json)
      guard frame.json.serialized().count <= limit else { throw .tooLarge(limit: limit) }
    }
    return try await calls.call(onSuccess: onSuccess) { id in
      let frame = RequestFrame(id: .integer(id), method: M.name, params: json)
      connection.send(text: ByteBuffer(bytes: frame.json.serialized()))
    }?.get()
  }

  /// Authenticates; must be the first request.
  func introduce(before deadline: ContinuousClock.Instant) async throws(ClientError) -> Connect.Result {
    let answer = await withTaskGroup(of: Result<JSONValue, ClientError>.self) { tasks in
      tasks.addTask {
        do throws(ClientError) {
          let answer = try await self.request(Connect.self, self.configuration.connectParams)
          return answer.map { .success($0) } ?? .failure(.connectionLost(code: 1006, reason: ""))
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
    // After the machine was suspended, the connection may end and the deadline pass at once; report the timeout.
    if case .failure(.connectionLost) = answer, ContinuousClock.now >= deadline { throw .connectTimeout }
    let payload = try answer.get()
    if payload["status"]?.stringValue == "pending_pairing" {
      throw .pairingRequired(code: payload["pairing_code"]?.stringValue ?? "")
    }
    do {
      let server: Connect.Result = try payload.decode()
      maxRequestBytes.withLock { $0 = server.limits.max_frame_bytes }
      return server
    } catch {
      throw .unreadable("the answer to connect: \(error)")
    }
  }

  func close() { connection.close(code: .normal) }

  /// Receives messages until the connection ends, then fails all pending calls.
  /// - Returns: why it ended.
  func read() async -> ClientError {
    var failure: ClientError?
    while failure == nil, let message = await connection.nextMessage() {
      do throws(ClientError) {
        try take(message.payload)
      } catch {
        failure = error
      }
    }
    if let failure { calls.end(failure) }
    connection.close(code: failure == nil ? .normal : .protocolError)
    let close = await connection.closed()
    let reason = failure ?? .connectionLost(code: close.code.rawValue, reason: close.reason)
    calls.end(reason)
    return reason
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
      deliver(ServerEvent(name: name, payload: payload, seq: seq), bytes.readableBytes, self)
    }
  }
}
