import ClawJSON
import ClawProtocol
import ClawWebSocket
import Synchronization

/// Sends one message and follows its run. For one task at a time.
final class ReplyRun: Sendable {
  private enum Phase {
    /// Nothing was sent.
    case unsent
    /// The message may have been accepted.
    case sent(ReplyFollower)
    case running(ReplyFollower)
  }

  private let keeper: ConnectionLoop
  private let params: ChatSend.Params
  /// Whether the key may have been used before.
  private let mayBePast: Bool
  private let phase = Mutex(Phase.unsent)

  init(keeper: ConnectionLoop, params: ChatSend.Params, mayBePast: Bool) {
    self.keeper = keeper
    self.params = params
    self.mayBePast = mayBePast
  }

  deinit {
    if let follower { keeper.remove(follower) }
  }

  private var follower: ReplyFollower? {
    switch phase.withLock({ $0 }) {
    case .unsent: nil
    case .sent(let follower), .running(let follower): follower
    }
  }

  func next() async throws(ClientError) -> ServerEvent {
    do throws(ClientError) {
      if Task.isCancelled { throw .cancelled }
      let follower = try await running()
      guard let event = try await follower.events.next() else { throw .cancelled }
      if case .runFailed = event.content, let next = try await successor(of: follower, after: event.seq ?? 0) {
        guard let event = try await next.events.next() else { throw .cancelled }
        return event
      }
      return event
    } catch .cancelled {
      await abort()
      throw .cancelled
    }
  }

  private func running() async throws(ClientError) -> ReplyFollower {
    if case .running(let follower) = phase.withLock({ $0 }) { return follower }
    var lost: ClientLink?
    while true {
      let link = try await keeper.link(otherThan: lost)
      let follower = follower ?? start(on: link)
      do throws(ClientError) {
        if let accepted = try await link.request(ChatSend.self, params) {
          let place = try Self.place(accepted)
          try await keeper.begin(follower, place, on: link)
          phase.withLock { $0 = .running(follower) }
          if mayBePast { lookBack(follower) }
          return follower
        }
      } catch .connectionLost(WebSocketCloseCode.messageTooBig.rawValue, _) {
        // The same bytes would close the next connection too.
        throw .tooLarge(limit: nil)
      } catch .connectionLost {
        // Resent on the next connection with the same key.
      }
      lost = link
    }
  }

  /// The run that a steered message has become because the run that it was added to ended without having read it; nil
  /// if there is none.
  /// - Parameter seq: The number of the event that ended the other one.
  private func successor(of follower: ReplyFollower, after seq: Int64) async throws(ClientError) -> ReplyFollower? {
    guard params.mode == GatewayClient.SendMode.steer.rawValue, let link = try? await keeper.link() else { return nil }
    let place: ReplyFollower.Place
    do throws(ClientError) {
      // The same message under the same key says which run answers it now.
      place = try Self.place(try await keeper.request(ChatSend.self, params))
    } catch .server {
      return nil
    }
    guard place.run != follower.place?.run else { return nil }
    let limits = keeper.configuration
    let next = ReplyFollower(
      origin: link, maxEvents: limits.maxWaitingEvents, maxBytes: limits.maxWaitingBytes, fromStart: false, after: seq)
    keeper.remove(follower)
    phase.withLock { $0 = .running(next) }
    try await keeper.follow(next, place)
    return next
  }

  private func start(on link: ClientLink) -> ReplyFollower {
    let limits = keeper.configuration
    let follower = ReplyFollower(
      origin: link, maxEvents: limits.maxWaitingEvents, maxBytes: limits.maxWaitingBytes, fromStart: mayBePast)
    phase.withLock { $0 = .sent(follower) }
    keeper.add(follower)
    return follower
  }

  /// If the run started before it was requested here, or has long ended, its events are read from the log once it has
  /// ended.
  private func lookBack(_ follower: ReplyFollower) {
    let keeper = keeper
    var params = params
    params.wait = true
    keeper.errands.begin { [weak follower, params] in
      while follower?.isWaitingForStart == true {
        do throws(ClientError) {
          _ = try await keeper.request(ChatSend.self, params)
        } catch .connectionLost {
          continue
        } catch {
          // It ended without an answer, which is in the log too.
        }
        if let follower, follower.isWaitingForStart { await keeper.replay(follower) }
        return
      }
    }
  }

  private static func place(_ accepted: JSONValue) throws(ClientError) -> ReplyFollower.Place {
    do {
      let run: ChatSend.Result = try accepted.decode()
      return ReplyFollower.Place(run: run.runId, session: run.sessionKey)
    } catch {
      throw .unreadable("the answer to \(ChatSend.name): \(error)")
    }
  }

  /// Aborts the run on the gateway. Takes no longer than ``ClientConfiguration/abortTimeout``, whether acknowledged or
  /// not.
  private func abort() async {
    let (keeper, params, follower) = (keeper, params, follower)
    guard let follower else { return }
    await keeper.errands.perform {
      await withTaskGroup(of: Void.self) { tasks in
        tasks.addTask {
          do throws(ClientError) {
            // Resending the message with its key returns its run.
            let run =
              if let place = follower.place { place } else {
                try Self.place(try await keeper.request(ChatSend.self, params))
              }
            _ = try await keeper.request(ChatAbort.self, .init(runId: run.run))
          } catch {
            // It has already ended, or the gateway is unreachable.
          }
        }
        tasks.addTask { try? await Task.sleep(for: keeper.configuration.abortTimeout) }
        await tasks.next()
        tasks.cancelAll()
      }
    }
  }
}
