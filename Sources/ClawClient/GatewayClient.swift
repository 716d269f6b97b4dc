import ClawJSON
import ClawProtocol
import NIOCore

/// A client of a gateway, which stays connected.
///
/// It lives as long as the closure that is given to ``withConnection(to:on:isolation:_:)``, which also owns the one
/// task that keeps the connection. Everything here may be called from any task, and many calls may be under way at
/// once. A lost connection is made anew as ``ClientConfiguration/reconnect`` says; meanwhile calls wait, and replies
/// and subscriptions go on without a gap once it is there again.
public struct GatewayClient: Sendable {
  private let first: Connect.Result
  private let keeper: ConnectionLoop

  /// What the server said when it accepted the connection, the last one.
  public var server: Connect.Result { keeper.server ?? first }

  /// Connects, authenticates, runs the body, and closes the connection when the body is done.
  /// - Parameters:
  ///   - group: Where the socket lives; the shared one without it. Not shut down here.
  /// - Throws: ``ClientError`` if there is no connection to be had, which is tried once, and whatever the body throws.
  public static func withConnection<Value>(
    to configuration: ClientConfiguration, on group: (any EventLoopGroup)? = nil,
    isolation: isolated (any Actor)? = #isolation, _ body: (GatewayClient) async throws -> Value
  ) async throws -> Value {
    let keeper = ConnectionLoop(configuration, on: group)
    return try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { await keeper.run() }
      tasks.addTask { await keeper.errands.run() }
      defer {
        keeper.close()
        tasks.cancelAll()
      }
      _ = try await keeper.link()
      guard let server = keeper.server else { throw ClientError.cancelled }
      return try await body(GatewayClient(first: server, keeper: keeper))
    }
  }

  /// Calls a method and waits for its answer. Answers come as they are ready, in any order. While there is no
  /// connection it waits for one. Cancelling stops the waiting; the server may carry the request out all the same.
  /// - Throws: ``ClientError/connectionLost(code:reason:)`` if the connection is lost before the answer is there; only
  ///   the caller knows whether the same can be asked again.
  public func call<M: Method>(_ method: M.Type, _ params: M.Params) async throws(ClientError) -> M.Result {
    try Self.result(of: method, try await keeper.request(method, params))
  }

  /// Calls a method that takes no params.
  public func call<M: Method>(_ method: M.Type) async throws(ClientError) -> M.Result where M.Params == NoParams {
    try await call(method, NoParams())
  }

  /// Says something to an agent, and gives what it does about it; see ``Reply``.
  /// - Parameters:
  ///   - agent: The server's default agent without it.
  ///   - session: The conversation to continue; without it the one of this user with that agent.
  ///   - thinking: Whether the model's thinking is to be shown.
  ///   - model: Another model than the agent's.
  ///   - idempotencyKey: What makes the message this one, 1–128 characters: the same key gives the same run and all its
  ///     events, for 24 hours. A random one without it.
  public func send(
    _ message: String, to agent: String? = nil, session: String? = nil, thinking: Bool = false, model: String? = nil,
    idempotencyKey: String? = nil
  ) -> Reply {
    Reply(
      keeper: keeper,
      params: ChatSend.Params(
        message: message, agentId: agent, sessionKey: session, thinking: thinking ? true : nil, model: model,
        idempotencyKey: idempotencyKey ?? Self.randomKey(), wait: false),
      mayBePast: idempotencyKey != nil)
  }

  /// All events that reach this client, from the first time on that this is asked for. For one reader at a time.
  ///
  /// After a lost connection those of the sessions that were subscribed to go on without a gap. Of other sessions of
  /// this user they come live, so that what happened meanwhile is not seen. Those of sessions of other users can't be
  /// resumed: with a subscription to one, the events end with the connection.
  public var events: ServerEvents {
    keeper.events.want()
    return ServerEvents(buffer: keeper.events)
  }

  /// Asks for every event of a session after a number (the last one seen; nil: from now on), then for the live ones,
  /// also after a lost connection.
  /// - Parameter userID: Whose session it is, for an admin who watches another user's.
  /// - Throws: a server error `FAILED_PRECONDITION`, with `oldestSeq` in its details, if those are no longer kept.
  public func subscribe(
    to sessionKey: String, after seq: Int64? = nil, userID: String? = nil
  ) async throws(ClientError) -> SessionsSubscribe.Result {
    let params = SessionsSubscribe.Params(sessionKey: sessionKey, afterSeq: seq, userId: userID)
    return try Self.result(of: SessionsSubscribe.self, try await keeper.subscribe(params))
  }

  /// Back to automatic delivery of a session's events.
  public func unsubscribe(from sessionKey: String, userID: String? = nil) async throws(ClientError) {
    keeper.unsubscribe(sessionKey)
    _ = try await call(SessionsUnsubscribe.self, .init(sessionKey: sessionKey, userId: userID))
  }

  /// Ends the connection for good; what the server does for this client goes on there.
  public func close() { keeper.close() }

  private static func result<M: Method>(of method: M.Type, _ payload: JSONValue) throws(ClientError) -> M.Result {
    do {
      return try payload.decode()
    } catch {
      throw .unreadable("the answer to \(M.name): \(error)")
    }
  }

  private static func randomKey() -> String {
    var source = SystemRandomNumberGenerator()
    return (0..<2).map { _ in String(source.next(), radix: 36) }.joined()
  }
}
