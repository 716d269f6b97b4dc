import ClawJSON
import ClawProtocol
import NIOCore
import Synchronization

/// Keeps a client connected: makes a lost connection anew, and resumes on it what is being followed.
final class ConnectionLoop: Sendable {
  private typealias Waiter = CheckedContinuation<Result<ClientLink, ClientError>, Never>

  private enum Phase {
    case connecting
    case connected(ClientLink)
    case ended(ClientError)
  }

  private struct State {
    var phase = Phase.connecting
    /// What the server said last when it accepted a connection.
    var server: Connect.Result?
    var waiters: [Int64: (lost: ClientLink?, waiter: Waiter)] = [:]
    var nextWaiter: Int64 = 0
    var followed = FollowedEvents()
    var isClosing = false
    /// A connection that was opened and is not accepted yet.
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

  /// What the server said last; there once ``link(otherThan:)`` has given a link.
  var server: Connect.Result? { state.withLock { $0.server } }

  // MARK: - Keeping

  /// Connects, and again for as long as the policy allows. Ends when the client closes or gives up.
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
        // One that is lost at once each time is not to be hammered.
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

  /// One connection, from its opening to its end.
  private func serve(after last: ClientLink?) async -> (link: ClientLink?, wasConnected: Bool, reason: ClientError) {
    let deadline = ContinuousClock.now + configuration.connectTimeout
    // Before the connection is there, so that no event of it can be ahead of its replay.
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

  // MARK: - Using

  /// The connection, once there is one.
  /// - Parameter lost: One that is known to be gone, though it may not have been noted yet.
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

  /// Sends a request on the connection there is, or on the next one if there is none, and waits for its answer.
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
    // Before anybody learns of it who then asks for the events that follow: they would begin with this one.
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
    // The connection was lost since the run was first asked for.
    try await resume(follower, place, after: link === follower.origin ? link : nil)
  }

  /// Reads the session's log from its beginning, in which the follower's run is.
  func replay(_ follower: ReplyFollower) async {
    guard let place = follower.place, follower.beginWholeLog() else { return }
    do throws(ClientError) {
      try await resume(follower, place)
    } catch {
      follower.fail(error)
    }
  }

  /// Resumes one run on the connection that there is; if it is lost meanwhile, on the next one.
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

  /// The reader of all events wants those of a session after a number, or from now on.
  /// - Parameter user: Whose session it is if not our own.
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

  /// Has the server deliver what was missed. An answer that says that it can't ends those who wait for it.
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
        // Nothing was seen of the session yet, and its first events are no longer kept: so all that are.
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
