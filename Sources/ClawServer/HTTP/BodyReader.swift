import ClawCore
import HTTPTypes
import HummingbirdCore
import NIOCore

/// Reads request bodies, with a size limit and a timeout.
struct BodyReader: Sendable {
  /// In bytes; chunked bodies are counted as they arrive.
  let limit: Int
  let timeout: Duration

  /// Whether a body follows the head.
  static func hasBody(_ headers: HTTPFields) -> Bool {
    headers[.transferEncoding] != nil || (headers[.contentLength].flatMap { Int($0) } ?? 0) > 0
  }

  /// Whether the `Content-Length` is over the limit.
  func isTooLarge(_ headers: HTTPFields) -> Bool {
    guard let announced = headers[.contentLength].flatMap({ Int($0) }) else { return false }
    return announced > limit
  }

  var tooLarge: HTTPFailure { .bodyTooLarge("the body must be at most \(limit) bytes long") }

  /// - Parameter share: Grows with the bytes read.
  /// - Throws: 413 over the limit, 408 at the timeout, 503 if the memory budget is exhausted, 400 for a truncated or
  ///   badly framed body.
  func read(_ body: RequestBody, _ share: BodyShare) async throws -> ByteBuffer {
    let whole: Reading?
    do {
      whole = try await within(timeout) { try await collect(body, share) }
    } catch let error where !(error is CancellationError) {
      // The client disconnected, or its framing is invalid: a client error, not worth logging.
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
      // A rejected body is still read for a while, so that a client which reads only after sending gets the response
      // instead of a reset.
      discarded += part.readableBytes
      if discarded > 1024 * 1024 { break }
    }
    return refusal ?? .whole(collected)
  }

  /// Reads and discards the rest of a rejected request, for at most a second and a MiB.
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
