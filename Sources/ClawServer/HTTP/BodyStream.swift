import ClawCore
import HummingbirdCore
import NIOCore
import Synchronization

/// A request body that its route reads in chunks, so that it is never in memory as a whole.
final class BodyStream: Sendable {
  enum State { case untouched, begun, complete }

  /// Bytes of a rejected body that are still read, so that a client which sends before it reads gets the answer.
  private static let discardedBytes = 1024 * 1024

  private let body: RequestBody
  private let timeout: Duration
  private let current = Mutex(State.untouched)

  init(_ body: RequestBody, timeout: Duration) {
    self.body = body
    self.timeout = timeout
  }

  var state: State { current.withLock { $0 } }

  /// - Parameter take: Gets a function that returns the next chunk, or nil at the end.
  /// - Throws: The error of `take`; 408 after the deadline, 400 for a body that is truncated or badly framed.
  func read<Value: Sendable>(
    _ take: @escaping @Sendable (_ next: () async throws -> [UInt8]?) async throws -> Value
  ) async throws -> Value {
    current.withLock { $0 = .begun }
    let value = try await within(timeout) { [self] in
      var iterator = body.makeAsyncIterator()
      do {
        return try await take {
          do {
            while let part = try await iterator.next() {
              if part.readableBytes > 0 { return Array(part.readableBytesView) }
            }
          } catch let error where !(error is CancellationError) {
            throw HTTPFailure(
              ClawError(.invalidRequest, "the body ended too early, or is badly framed", cause: error))
          }
          current.withLock { $0 = .complete }
          return nil
        }
      } catch let error as MediaTooLarge {
        var discarded = 0
        while discarded < Self.discardedBytes, let part = try await iterator.next() { discarded += part.readableBytes }
        throw error
      }
    }
    guard let value else {
      throw HTTPFailure(ClawError(.invalidRequest, "the body took too long to arrive"), status: .requestTimeout)
    }
    return value
  }
}
