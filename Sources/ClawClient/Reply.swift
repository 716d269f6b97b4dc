import ClawJSON
import ClawProtocol
import Synchronization

/// An agent's reply as a stream of events: text as it is written, tool calls and their results, the end.
///
/// Nothing is sent before the first event is requested. The message has an idempotency key, so that it can be resent
/// after a reconnect without being processed twice, and the events continue where they stopped, without gaps or
/// repetitions. If the reading task is cancelled, the run is aborted; if the reader merely stops, it continues in the
/// gateway.
///
/// For a message that steers a run, the events are that run's from then on; see ``GatewayClient/SendMode/steer``.
///
/// The last event is `run.completed`, or `run.failed`, after which ``ClientError/runFailed(code:message:)`` is thrown.
/// A `run.started` with an attempt above 1 means that the gateway has resumed the run after a crash: the text of the
/// interrupted round is void.
public struct Reply: AsyncSequence, Sendable {
  public typealias Element = ServerEvent
  public typealias Failure = ClientError

  private let keeper: ConnectionLoop
  private let params: ChatSend.Params
  private let mayBePast: Bool
  private let isTaken = Once()

  /// - Parameter mayBePast: Whether the message may have been sent with this key before.
  init(keeper: ConnectionLoop, params: ChatSend.Params, mayBePast: Bool) {
    self.keeper = keeper
    self.params = params
    self.mayBePast = mayBePast
  }

  /// For a single reader: a second one gets an error, since the message is sent once.
  public func makeAsyncIterator() -> Iterator {
    Iterator(run: ReplyRun(keeper: keeper, params: params, mayBePast: mayBePast), isFirst: isTaken.take())
  }

  /// Reads to the end.
  /// - Returns: the complete answer.
  public func text() async throws(ClientError) -> String {
    for try await event in self {
      if case .runCompleted(let run) = event.content { return run.content }
    }
    throw .unreadable("the final event of the run can't be decoded")
  }

  /// Reads the events; ends as ``Reply`` says.
  public struct Iterator: AsyncIteratorProtocol {
    let run: ReplyRun
    let isFirst: Bool
    /// Thrown at the next call.
    private var failure: ClientError?
    private var hasEnded = false

    init(run: ReplyRun, isFirst: Bool) {
      self.run = run
      self.isFirst = isFirst
    }

    public mutating func next() async throws(ClientError) -> ServerEvent? { try await next(isolation: #isolation) }

    public mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(ClientError) -> ServerEvent? {
      guard isFirst else { throw .overflow("a reply can be read once") }
      if hasEnded {
        defer { failure = nil }
        if let failure { throw failure }
        return nil
      }
      do throws(ClientError) {
        let event = try await run.next()
        switch event.content {
        case .runCompleted: hasEnded = true
        case .runFailed(let run):
          hasEnded = true
          failure = .runFailed(code: run.error.code, message: run.error.message)
        default: break
        }
        return event
      } catch {
        hasEnded = true
        throw error
      }
    }
  }

  /// A flag that can be taken once.
  private final class Once: Sendable {
    private let isThere = Mutex(true)

    func take() -> Bool {
      isThere.withLock { isThere in
        defer { isThere = false }
        return isThere
      }
    }
  }
}
