import ClawCore
import HTTPTypes
import HummingbirdCore
import NIOCore

/// Reads request bodies, under a bound and a deadline.
struct BodyReader: Sendable {
  /// In bytes; what comes in chunks is counted as it comes.
  let limit: Int
  let timeout: Duration

  /// Whether a body follows the head.
  static func hasBody(_ headers: HTTPFields) -> Bool {
    headers[.transferEncoding] != nil || (headers[.contentLength].flatMap { Int($0) } ?? 0) > 0
  }

  /// Whether the head already tells that it is too large.
  func isTooLarge(_ headers: HTTPFields) -> Bool {
    guard let announced = headers[.contentLength].flatMap({ Int($0) }) else { return false }
    return announced > limit
  }

  var tooLarge: HTTPFailure { .bodyTooLarge("the body must be at most \(limit) bytes long") }

  /// - Parameter share: Grows with what is read.
  /// - Throws: 413 over the bound, 408 after the deadline, 503 where there is no room for so much, 400 for a body that
  ///   breaks off or is badly framed.
  func read(_ body: RequestBody, _ share: BodyShare) async throws -> ByteBuffer {
    let whole: Reading?
    do {
      whole = try await within(timeout) { try await collect(body, share) }
    } catch let error where !(error is CancellationError) {
      // The client left in the middle, or what it sent is no body: its fault or its end, and nobody's news.
      throw HTTPFailure(ClawError(.invalidRequest, "the body ended too early, or is badly framed", cause: error))
    }
    switch whole {
    case .whole(let buffer): return buffer
    case .tooLarge: throw tooLarge
    case .noRoom:
      throw HTTPFailure(
        ClawError(.unavailable, "too many large bodies are arriving at once; try again", retryAfter: .seconds(1)))
    case nil:
      throw HTTPFailure(ClawError(.invalidRequest, "the body took too long to arrive"), status: .requestTimeout)
    }
  }

  private enum Reading: Sendable {
    case whole(ByteBuffer)
    case tooLarge
    case noRoom
  }

  private func collect(_ body: RequestBody, _ share: BodyShare) async throws -> Reading {
    var collected = ByteBuffer()
    var discarded = 0
    var refusal: Reading?
    for try await part in body {
      if refusal == nil {
        if collected.readableBytes + part.readableBytes > limit {
          refusal = .tooLarge
        } else if !share.grow(by: part.readableBytes) {
          refusal = .noRoom
        } else {
          collected.writeImmutableBuffer(part)
          continue
        }
        collected = ByteBuffer()
        share.giveBack()
      }
      // What is refused is read on for a while, so that a client which sends first and reads later gets the answer
      // instead of a reset.
      discarded += part.readableBytes
      if discarded > 1024 * 1024 { break }
    }
    return refusal ?? .whole(collected)
  }

  /// Takes in and forgets what a refused client still sends, for at most a second and a MiB.
  static func discard(_ body: RequestBody) async {
    _ = try? await within(.seconds(1)) {
      var discarded = 0
      for try await part in body {
        discarded += part.readableBytes
        if discarded > 1024 * 1024 { break }
      }
    }
  }
}
