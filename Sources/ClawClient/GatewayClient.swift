import ClawJSON
import ClawProtocol
import NIOCore

/// A client of a gateway that reconnects automatically.
///
/// It lives as long as the closure passed to ``withConnection(to:on:isolation:_:)``, which also owns the task that
/// maintains the connection. All methods may be called from any task, and concurrently. A lost connection is
/// re-established according to ``ClientConfiguration/reconnect``; meanwhile calls wait, and replies and subscriptions
/// then continue without a gap.
public struct GatewayClient: Sendable {
  private let first: Connect.Result
  private let keeper: ConnectionLoop

  /// The server's last answer to the connect request.
  public var server: Connect.Result { keeper.server ?? first }

  /// Connects, authenticates, runs the body, and closes the connection when the body returns.
  /// - Parameters:
  ///   - group: Runs the socket; the shared one if nil. Not shut down here.
  /// - Throws: ``ClientError`` if the connection fails, which is tried once; also whatever the body throws.
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

  /// Calls a method and waits for its answer. Answers may arrive in any order. While disconnected, it waits for a
  /// connection. Cancellation stops the waiting; the server may still carry out the request.
  /// - Throws: ``ClientError/connectionLost(code:reason:)`` if the connection is lost before the answer arrives; only
  ///   the caller knows whether a retry is safe.
  public func call<M: Method>(_ method: M.Type, _ params: M.Params) async throws(ClientError) -> M.Result {
    try Self.result(of: method, try await keeper.request(method, params))
  }

  /// Calls a method without params.
  public func call<M: Method>(_ method: M.Type) async throws(ClientError) -> M.Result where M.Params == NoParams {
    try await call(method, NoParams())
  }

  /// What a message does to a run of its session that is running or waiting. Where there is none, all modes are the
  /// same.
  public enum SendMode: String, Sendable, Hashable, CaseIterable {
    /// The message is queued.
    case queue
    /// The run reads the message before its next model call; tool calls that wait for a decision are cancelled. The reply
    /// is that run's from here on. If the run ends without having read the message, the reply continues with the run
    /// that answers it. Cancelling the reading task aborts the run that answers.
    case steer
    /// The run is aborted first.
    case interrupt
  }

  /// Sends a message to an agent and returns its reply; see ``Reply``.
  /// - Parameters:
  ///   - agent: The server's default agent if nil.
  ///   - session: The session to continue; if nil, this user's default session with that agent.
  ///   - thinking: Whether to include the model's reasoning.
  ///   - model: Overrides the agent's model.
  ///   - mode: What the message does to a run of the session that is running or waiting.
  ///   - idempotencyKey: Identifies the message, 1–128 characters: the same key gives the same run with all its events,
  ///     for 24 hours. Random if nil.
  public func send(
    _ message: String, to agent: String? = nil, session: String? = nil, thinking: Bool = false, model: String? = nil,
    mode: SendMode = .queue, idempotencyKey: String? = nil
  ) -> Reply {
    Reply(
      keeper: keeper,
      params: ChatSend.Params(
        message: message, agentId: agent, sessionKey: session, thinking: thinking ? true : nil, model: model,
        idempotencyKey: idempotencyKey ?? Self.randomKey(), wait: false, mode: mode == .queue ? nil : mode.rawValue),
      mayBePast: idempotencyKey != nil)
  }

  /// All events that this client receives, from the first access on. For one reader at a time.
  ///
  /// After a reconnect, subscribed sessions continue without a gap. Other sessions of this user continue live, so
  /// events meanwhile are missed. Sessions of other users can't be resumed: with a subscription to one, the stream ends
  /// with the connection.
  public var events: ServerEvents {
    keeper.events.want()
    return ServerEvents(buffer: keeper.events)
  }

  /// Subscribes to a session: replays all events after a number (the last one seen; nil: from now on), then continues
  /// live, also after a reconnect.
  /// - Parameter userID: The session's owner, for an admin who watches another user's session.
  /// - Throws: a server error `FAILED_PRECONDITION`, with `oldestSeq` in its details, if those events are no longer
  ///   stored.
  public func subscribe(
    to sessionKey: String, after seq: Int64? = nil, userID: String? = nil
  ) async throws(ClientError) -> SessionsSubscribe.Result {
    let params = SessionsSubscribe.Params(sessionKey: sessionKey, afterSeq: seq, userId: userID)
    return try Self.result(of: SessionsSubscribe.self, try await keeper.subscribe(params))
  }

  /// Returns to the automatic delivery of a session's events.
  public func unsubscribe(from sessionKey: String, userID: String? = nil) async throws(ClientError) {
    keeper.unsubscribe(sessionKey)
    _ = try await call(SessionsUnsubscribe.self, .init(sessionKey: sessionKey, userId: userID))
  }

  /// Closes the connection for good; the client's runs continue on the server.
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
