import ClawJSON
import ClawProtocol
import NIOCore

/// Decodes the body of a chat completion.
struct ChatCompletionBody: Sendable {
  /// Size limit without images, in bytes.
  let limit: Int

  /// - Throws: 413 for a body that is too large without its images, 400 naming the location if it can't be decoded.
  func decode(_ body: ByteBuffer) throws(HTTPFailure) -> ChatCompletionRequest {
    let request: ChatCompletionRequest
    do {
      let value = try body.withUnsafeReadableBytes { raw in
        Result { () throws(JSONError) in try JSONValue(parsing: raw) }
      }.get()
      request = try value.decode(ChatCompletionRequest.self)
    } catch {
      // A body over the normal limit that can't be decoded has no images to justify its size.
      if body.readableBytes > limit { throw tooLarge }
      if error.line != nil { throw .invalid("the body is not valid JSON: \(error)", param: nil) }
      throw .invalid(error.description, param: error.path.isEmpty ? nil : error.path)
    }
    guard body.readableBytes - request.imageBytes <= limit else { throw tooLarge }
    return request
  }

  private var tooLarge: HTTPFailure {
    .bodyTooLarge("the body must be at most \(limit) bytes long, images not counted")
  }
}

extension ChatCompletionRequest {
  /// Size of its images, in bytes.
  fileprivate var imageBytes: Int {
    messages.reduce(0) { sum, message in
      guard case .parts(let parts) = message.content else { return sum }
      return parts.reduce(sum) { $0 + ($1.image_url?.url.utf8.count ?? 0) }
    }
  }
}
