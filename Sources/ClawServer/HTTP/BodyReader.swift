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

  var tooLarge: HTTPFailure {
    HTTPFailure(
      ClawError(.invalidRequest, "the body must be at most \(limit) bytes long"), status: .contentTooLarge)
  }

  /// - Throws: 413 over the bound, 408 after the deadline.
  func read(_ body: RequestBody) async throws -> ByteBuffer {
    let whole = try await within(timeout) {
      var collected = ByteBuffer()
      var discarded = 0
      for try await part in body {
        // What is beyond the bound is read on for a while, so that a client which sends first and reads later gets
        // the answer instead of a reset.
        if discarded > 0 || collected.readableBytes + part.readableBytes > limit {
          discarded += part.readableBytes
          if discarded > 1024 * 1024 { break }
        } else {
          collected.writeImmutableBuffer(part)
        }
      }
      return discarded > 0 ? nil : ByteBuffer?.some(collected)
    }
    switch whole {
    case .some(.some(let buffer)): return buffer
    case .some(.none): throw tooLarge
    case nil:
      throw HTTPFailure(ClawError(.invalidRequest, "the body took too long to arrive"), status: .requestTimeout)
    }
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
