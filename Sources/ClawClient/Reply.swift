import ClawJSON
import ClawProtocol
import Synchronization

/// What an agent does about a message, event by event: text as it is written, tool calls and their results, the end.
///
/// Nothing is sent before the first event is asked for. The message has a key of its own, so that it is sent again
/// after a lost connection without being carried out twice, and the events go on where they stopped, without a gap and
/// without a repetition. When the task that reads is cancelled, the run is aborted; a reader who just stops reading
/// leaves it running in the gateway.
///
/// The last event is `run.completed`, or `run.failed`, behind which ``ClientError/runFailed(code:message:)`` is thrown.
/// A `run.started` with an attempt above 1 says that the gateway has taken the run up again after a crash: what was
/// written of the round before is void.
public struct Reply: AsyncSequence, Sendable {
  public typealias Element = ServerEvent
  public typealias Failure = ClientError

  private let keeper: ConnectionLoop
  private let params: ChatSend.Params
  private let mayBePast: Bool
  private let isTaken = Once()

  /// - Parameter mayBePast: Whether the message may have been sent under its key before.
  init(keeper: ConnectionLoop, params: ChatSend.Params, mayBePast: Bool) {
    self.keeper = keeper
    self.params = params
    self.mayBePast = mayBePast
  }

  /// For one reader: a second one gets an error, as the message is sent once.
  public func makeAsyncIterator() -> Iterator {
    Iterator(run: ReplyRun(keeper: keeper, params: params, mayBePast: mayBePast), isFirst: isTaken.take())
  }

  /// Reads to the end.
  /// - Returns: the whole answer.
  public func text() async throws(ClientError) -> String {
    for try await event in self {
      if case .runCompleted(let run) = event.content { return run.content }
    }
    throw .unreadable("the run's end was not told in a way that this client can read")
  }

  /// Reads the events; ends as ``Reply`` says.
  public struct Iterator: AsyncIteratorProtocol {
    let run: ReplyRun
    let isFirst: Bool
    /// What is thrown when more is asked for.
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

  /// Something that is there for the first one who takes it.
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
