import ClawJSON
import ClawProtocol
import NIOCore
import Synchronization

/// Keeps a client connected: reconnects, and resumes replies and subscriptions.
final class ConnectionLoop: Sendable {
  private typealias Waiter = CheckedContinuation<Result<ClientLink, ClientError>, Never>

  private enum Phase {
    case connecting
    case connected(ClientLink)
    case ended(ClientError)
  }

  private struct State {
    var phase = Phase.connecting
    /// The server's last answer to the connect request.
    var server: Connect.Result?
    var waiters: [Int64: (lost: ClientLink?, waiter: Waiter)] = [:]
    var nextWaiter: Int64 = 0
    var followed = FollowedEvents()
    var isClosing = false
    /// A connection that is open but not accepted yet.
    var opening: ClientLink?
  }

  let configuration: ClientConfiguration
  let events: EventBuffer
  let errands = ClientTasks()
  private let group: (any EventLoopGroup)?
  private let state = Mutex(State())

  init(_ configuration: ClientConfiguration, on group: (any EventLoopGroup)?) {
    self.configuration = configuration
    self.group = group
    events = EventBuffer(maxEvents: configuration.maxWaitingEvents, maxBytes: configuration.maxWaitingBytes)
  }

  /// The server's last answer to the connect request; set once ``link(otherThan:)`` has returned a link.
  var server: Connect.Result? { state.withLock { $0.server } }

  // MARK: - Connecting

  /// Connects, and reconnects as long as the policy allows. Ends when the client closes or gives up.
  func run() async {
    var last: ClientLink?
    var failures = 0
    var lostSince: ContinuousClock.Instant?
    while true {
      let opened = ContinuousClock.now
      let (link, wasConnected, reason) = await serve(after: last)
      let now = ContinuousClock.now
      if wasConnected {
        lostSince = nil
        // Backs off also if each connection is lost at once.
        if now - opened > configuration.reconnect.maxDelay { failures = 0 }
      }
      let isFirst = last == nil && !wasConnected
      last = link ?? last
      let since = lostSince ?? now
      lostSince = since
      let isClosing = state.withLock { $0.isClosing }
      guard !isClosing, !isFirst,
        let delay = configuration.reconnect.delay(afterFailures: failures, reason, trying: now - since)
      else { return end(reason) }
      failures += 1
      configuration.onConnectionChange?(.lost(reason, retryIn: delay))
      try? await Task.sleep(for: delay)
      if Task.isCancelled { return end(reason) }
    }
  }

  /// One connection, from opening to end.
  private func serve(after last: ClientLink?) async -> (link: ClientLink?, wasConnected: Bool, reason: ClientError) {
    let deadline = ContinuousClock.now + configuration.connectTimeout
    // Computed before the connection opens, so that no event on it can precede its replay.
    let before = last?.cursor.withLock { $0 } ?? EventCursor()
    let resumptions = last == nil ? [] : state.withLock { $0.followed.resumptions(after: before) }
    let link: ClientLink
    do {
      link = try await ClientLink.open(
        configuration, on: group, cursor: before.carried(holding: resumptions.map(\.session)),
        deliver: { self.deliver($0, $1, $2) })
    } catch {
      return (nil, false, error)
    }
    return await withTaskGroup(of: ClientError.self) { tasks in
      tasks.addTask { await link.read() }
      var failure: ClientError?
      do throws(ClientError) {
        let isClosing = state.withLock { state in
          state.opening = link
          return state.isClosing
        }
        if isClosing { throw .cancelled }
        let server = try await link.introduce(before: deadline)
        for resumption in resumptions { try await resume(resumption, on: link) }
        connected(link, server, isRestored: last != nil)
      } catch {
        failure = error
        link.close()
      }
      let reason = await tasks.next() ?? .cancelled
      disconnected(reason)
      return (link, failure == nil, failure ?? reason)
    }
  }

  private func connected(_ link: ClientLink, _ server: Connect.Result, isRestored: Bool) {
    let waiters = state.withLock { state in
      state.phase = .connected(link)
      state.server = server
      state.opening = nil
      return takeWaiters(&state, except: link)
    }
    for waiter in waiters { waiter.resume(returning: .success(link)) }
    if isRestored { configuration.onConnectionChange?(.restored) }
  }

  private func disconnected(_ reason: ClientError) {
    let loses = state.withLock { state in
      state.opening = nil
      guard !state.isClosing, case .connected = state.phase else { return false }
      state.phase = .connecting
      return state.followed.hasForeign
    }
    if loses { events.finish(.failure(reason)) }
  }

  /// Only the first reason counts.
  private func end(_ reason: ClientError) {
    let (waiters, followers, isClosing) = state.withLock { state in
      state.phase = .ended(reason)
      return (takeWaiters(&state, except: nil), state.followed.all, state.isClosing)
    }
    for waiter in waiters { waiter.resume(returning: .failure(reason)) }
    for follower in followers { follower.fail(reason) }
    events.finish(isClosing ? .success(nil) : .failure(reason))
  }

  private func takeWaiters(_ state: inout State, except lost: ClientLink?) -> [Waiter] {
    let ready = state.waiters.filter { lost == nil || $0.value.lost !== lost }
    for id in ready.keys { state.waiters[id] = nil }
    return ready.values.map(\.waiter)
  }

  func close() {
    let links = state.withLock { state -> [ClientLink] in
      state.isClosing = true
      guard case .connected(let link) = state.phase else { return [state.opening].compactMap(\.self) }
      return [link]
    }
    events.finish(.success(nil))
    for link in links { link.close() }
  }

  // MARK: - Calling

  /// The connection, once there is one.
  /// - Parameter lost: A link known to be lost, though its end may not have been recorded yet.
  func link(otherThan lost: ClientLink? = nil) async throws(ClientError) -> ClientLink {
    let id = state.withLock { state in
      defer { state.nextWaiter += 1 }
      return state.nextWaiter
    }
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { waiter in
        let ready = state.withLock { state -> Result<ClientLink, ClientError>? in
          switch state.phase {
          case .ended(let error): return .failure(error)
          case .connected(let link) where link !== lost: return .success(link)
          case .connected, .connecting: break
          }
          if Task.isCancelled { return .failure(.cancelled) }
          state.waiters[id] = (lost, waiter)
          return nil
        }
        if let ready { waiter.resume(returning: ready) }
      }
    } onCancel: {
      state.withLock { $0.waiters.removeValue(forKey: id) }?.waiter.resume(returning: .failure(.cancelled))
    }
    return try result.get()
  }

  /// Sends a request on the current connection, or on the next one if there is none, and waits for its answer.
  func request<M: Method>(
    _ method: M.Type, _ params: M.Params, onSuccess: (@Sendable (ClientLink, JSONValue) -> Void)? = nil
  ) async throws(ClientError) -> JSONValue {
    var lost: ClientLink?
    while true {
      let link = try await link(otherThan: lost)
      let payload = try await link.request(method, params, onSuccess: { onSuccess?(link, $0) })
      if let payload { return payload }
      lost = link
    }
  }

  // MARK: - Following

  private func deliver(_ event: ServerEvent, _ bytes: Int, _ link: ClientLink) {
    // Before any reader can see it and then subscribe: a subscription from "now" has to start after this event.
    if link.cursor.withLock({ $0.note(event) }) { _ = events.push(event, bytes: bytes) }
    for follower in state.withLock({ $0.followed.interested(in: event) }) {
      follower.take(event, bytes: bytes, from: link)
    }
  }

  func add(_ follower: ReplyFollower) { state.withLock { $0.followed.add(follower) } }

  func remove(_ follower: ReplyFollower) { state.withLock { $0.followed.remove(follower) } }

  /// The follower's run was accepted on this connection.
  func begin(_ follower: ReplyFollower, _ place: ReplyFollower.Place, on link: ClientLink) async throws(ClientError) {
    let isUnbroken = state.withLock { state in
      state.followed.begin(follower, place)
      guard link === follower.origin, case .connected(let current) = state.phase else { return false }
      return current === link
    }
    if isUnbroken { return }
    // The connection was lost since the run was requested.
    try await resume(follower, place, after: link === follower.origin ? link : nil)
  }

  /// Follows a run that starts after an event whose number the follower knows.
  func follow(_ follower: ReplyFollower, _ place: ReplyFollower.Place) async throws(ClientError) {
    state.withLock { $0.followed.begin(follower, place) }
    try await resume(follower, place)
  }

  /// Replays the session's log from its beginning, to find the follower's run.
  func replay(_ follower: ReplyFollower) async {
    guard let place = follower.place, follower.beginWholeLog() else { return }
    do throws(ClientError) {
      try await resume(follower, place)
    } catch {
      follower.fail(error)
    }
  }

  /// Resumes one run on the current connection; if it is lost meanwhile, on the next one.
  private func resume(
    _ follower: ReplyFollower, _ place: ReplyFollower.Place, after lost: ClientLink? = nil
  ) async throws(ClientError) {
    var lost = lost
    while true {
      let current = try await self.link(otherThan: lost)
      do throws(ClientError) {
        let resumption = FollowedEvents.Resumption(
          session: place.session, after: follower.resumePoint, followers: [follower])
        return try await resume(resumption, on: current)
      } catch .connectionLost {
        lost = current
      }
    }
  }

  /// Subscribes the reader of all events to a session, after a number or from now on.
  /// - Parameter user: The owner of the session, if it is another user.
  func subscribe(
    _ params: SessionsSubscribe.Params
  ) async throws(ClientError) -> JSONValue {
    events.want()
    return try await request(SessionsSubscribe.self, params) { link, answer in
      let start = params.afterSeq ?? answer["headSeq"]?.intValue.map(Int64.init) ?? 0
      link.cursor.withLock { cursor in
        if params.userId != nil { cursor.markForeign(params.sessionKey) }
        if let after = params.afterSeq { cursor.rewind(params.sessionKey, to: after) }
      }
      self.state.withLock { $0.followed.subscribe(params.sessionKey, user: params.userId, after: start) }
    }
  }

  func unsubscribe(_ session: String) { state.withLock { $0.followed.unsubscribe(session) } }

  /// Requests a replay of missed events. If the server can't provide it, its error ends the readers.
  private func resume(
    _ resumption: FollowedEvents.Resumption, on link: ClientLink
  ) async throws(ClientError) {
    var after = resumption.after
    while true {
      do throws(ClientError) {
        let answer = try await link.request(
          SessionsSubscribe.self, .init(sessionKey: resumption.session, afterSeq: after),
          onSuccess: { _ in
            for follower in resumption.followers { follower.accept(from: link) }
            link.cursor.withLock { $0.release(resumption.session) }
          })
        if answer == nil { throw .connectionLost(code: 1006, reason: "") }
        return
      } catch .server(let body) {
        // No event of the session was seen yet, and its first ones are no longer stored: start at the oldest.
        if after == 0, let oldest = body.details?["oldestSeq"]?.intValue.map(Int64.init), oldest > 1 {
          after = oldest - 1
          continue
        }
        for follower in resumption.followers { follower.fail(.server(body)) }
        if resumption.isSubscribed { events.finish(.failure(.server(body))) }
        link.cursor.withLock { $0.release(resumption.session) }
        return
      }
    }
  }
}
