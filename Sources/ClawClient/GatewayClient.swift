import ClawJSON
import ClawProtocol
import NIOCore

/// One authenticated connection to a gateway.
///
/// It lives as long as the closure that is given to ``withConnection(to:on:isolation:_:)``, which also owns the one
/// task that reads the socket. Everything here may be called from any task, and many calls may be under way at once.
public struct GatewayClient: Sendable {
  /// What the server said when it accepted the connection.
  public let server: Connect.Result
  private let link: ClientLink

  /// Connects, authenticates, runs the body, and closes the connection when the body is done.
  /// - Parameters:
  ///   - group: Where the socket lives; the shared one without it. Not shut down here.
  /// - Throws: ``ClientError`` if there is no connection to be had, and whatever the body throws.
  public static func withConnection<Value>(
    to configuration: ClientConfiguration, on group: (any EventLoopGroup)? = nil,
    isolation: isolated (any Actor)? = #isolation, _ body: (GatewayClient) async throws -> Value
  ) async throws -> Value {
    let deadline = ContinuousClock.now + configuration.connectTimeout
    let link = try await ClientLink.open(configuration, on: group)
    return try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { await link.read() }
      defer { link.close() }
      let client = GatewayClient(server: try await link.introduce(before: deadline), link: link)
      return try await body(client)
    }
  }

  /// Calls a method and waits for its answer. Answers come as they are ready, in any order. Cancelling stops the
  /// waiting; the server may carry the request out all the same.
  public func call<M: Method>(_ method: M.Type, _ params: M.Params) async throws(ClientError) -> M.Result {
    let payload = try await link.payload(of: method, params)
    do {
      return try payload.decode()
    } catch {
      throw .unreadable("the answer to \(M.name): \(error)")
    }
  }

  /// Calls a method that takes no params.
  public func call<M: Method>(_ method: M.Type) async throws(ClientError) -> M.Result where M.Params == NoParams {
    try await call(method, NoParams())
  }

  /// Events from the first time on that this is asked for. For one reader at a time.
  public var events: ServerEvents {
    link.events.want()
    return ServerEvents(buffer: link.events)
  }

  /// Asks for every event of a session after a number (the last one seen; nil: from now on), then for the live ones.
  /// - Throws: a server error `FAILED_PRECONDITION`, with `oldestSeq` in its details, if those are no longer kept.
  public func subscribe(
    to sessionKey: String, after seq: Int64? = nil, userID: String? = nil
  ) async throws(ClientError) -> SessionsSubscribe.Result {
    link.events.want()
    return try await call(SessionsSubscribe.self, .init(sessionKey: sessionKey, afterSeq: seq, userId: userID))
  }

  /// Back to automatic delivery of a session's events.
  public func unsubscribe(from sessionKey: String, userID: String? = nil) async throws(ClientError) {
    _ = try await call(SessionsUnsubscribe.self, .init(sessionKey: sessionKey, userId: userID))
  }

  /// Ends the connection; what the server does for it goes on there.
  public func close() { link.close() }
}
