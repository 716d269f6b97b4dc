import ClawJSON
import ClawProtocol
import ClawWebSocket
import NIOCore
import Synchronization

/// One socket of a client, and the calls that are under way on it.
final class ClientLink: Sendable {
  /// Takes an event and its size in bytes, in the order of arrival, on the task that reads.
  typealias Deliver = @Sendable (ServerEvent, Int, ClientLink) -> Void

  private let configuration: ClientConfiguration
  private let connection: WebSocketConnection
  private let calls: PendingCalls
  private let deliver: Deliver
  let cursor: Mutex<EventCursor>
  /// The largest request that the server takes, in bytes; nil until it has said so.
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
  /// - Parameter onSuccess: Runs when the answer is there and before anything behind it is read.
  /// - Returns: nil if nothing was sent, because the connection had ended before.
  /// - Throws: ``ClientError/tooLarge(limit:)`` for more than the server takes: it would close the connection, and do so
  ///   again if the same were sent on the next one.
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
      // With the longest id, so that it does not depend on how many were sent before.
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
    // A machine that stood still may end the connection and the time at once; then the time was up.
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

  /// Takes what the server sends until the connection ends, then tells all who wait for an answer.
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
