import ClawJSON
import ClawProtocol
import ClawWebSocket
import NIOCore
import Synchronization

/// The socket of a client, and what is under way on it.
final class ClientLink: Sendable {
  private let configuration: ClientConfiguration
  private let connection: WebSocketConnection
  private let calls: PendingCalls
  private let isClosing = Atomic(false)
  let events: EventBuffer

  private init(configuration: ClientConfiguration, connection: WebSocketConnection) {
    self.configuration = configuration
    self.connection = connection
    calls = PendingCalls(limit: configuration.maxCallsInFlight)
    events = EventBuffer(maxEvents: configuration.maxWaitingEvents, maxBytes: configuration.maxWaitingBytes)
  }

  static func open(
    _ configuration: ClientConfiguration, on group: (any EventLoopGroup)?
  ) async throws(ClientError) -> ClientLink {
    let sockets = group.map { WebSocketClient(eventLoopGroup: $0) } ?? WebSocketClient()
    do {
      let connection = try await sockets.connect(
        url: configuration.url, configuration: WebSocketConfiguration(maxMessageBytes: configuration.maxMessageBytes),
        connectTimeout: configuration.connectTimeout)
      return ClientLink(configuration: configuration, connection: connection)
    } catch  where error.code == .timeout {
      throw .connectTimeout
    } catch {
      throw .cannotConnect(error.message)
    }
  }

  /// Sends a request and waits for its answer.
  func payload<M: Method>(of method: M.Type, _ params: M.Params) async throws(ClientError) -> JSONValue {
    let json: JSONValue
    do {
      json = try JSONValue(encoding: params)
    } catch {
      throw .invalidParams("\(error)")
    }
    let connection = connection
    return try await calls.call { id in
      let frame = RequestFrame(id: .integer(id), method: M.name, params: json)
      connection.send(text: ByteBuffer(bytes: frame.json.serialized()))
    }.get()
  }

  /// Authenticates; must be the first request.
  func introduce(before deadline: ContinuousClock.Instant) async throws(ClientError) -> Connect.Result {
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
      return try payload.decode()
    } catch {
      throw .unreadable("the answer to connect: \(error)")
    }
  }

  func close() {
    isClosing.store(true, ordering: .relaxed)
    events.finish(.success(nil))
    connection.close(code: .normal)
  }

  /// Takes what the server sends until the connection ends, then tells all who wait.
  func read() async {
    var failure: ClientError?
    while failure == nil, let message = await connection.nextMessage() {
      do throws(ClientError) {
        try take(message.payload)
      } catch {
        failure = error
      }
    }
    if let failure { end(failure) }
    connection.close(code: failure == nil ? .normal : .protocolError)
    let close = await connection.closed()
    end(.connectionLost(code: close.code.rawValue, reason: close.reason))
  }

  /// Only the first reason counts.
  private func end(_ reason: ClientError) {
    calls.end(reason)
    events.finish(isClosing.load(ordering: .relaxed) ? .success(nil) : .failure(reason))
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
      guard events.push(ServerEvent(name: name, payload: payload, seq: seq), bytes: bytes.readableBytes) else {
        throw .overflow("events were not read as fast as they came; resume after the last one")
      }
    }
  }
}
