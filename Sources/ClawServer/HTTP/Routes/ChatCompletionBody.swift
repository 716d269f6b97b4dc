import ClawJSON
import ClawProtocol
import NIOCore

/// Reads the body of a chat completion.
struct ChatCompletionBody: Sendable {
  /// Of all but the images, in bytes.
  let limit: Int

  /// - Throws: 413 for a body that is too large without its images, 400 naming the place for one that can't be read.
  func decode(_ body: ByteBuffer) throws(HTTPFailure) -> ChatCompletionRequest {
    let request: ChatCompletionRequest
    do {
      let value = try body.withUnsafeReadableBytes { raw in
        Result { () throws(JSONError) in try JSONValue(parsing: raw) }
      }.get()
      request = try value.decode(ChatCompletionRequest.self)
    } catch {
      // What is as large as only images may be, and holds none that can be read, is too large.
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
  /// What its images take, in bytes.
  fileprivate var imageBytes: Int {
    messages.reduce(0) { sum, message in
      guard case .parts(let parts) = message.content else { return sum }
      return parts.reduce(sum) { $0 + ($1.image_url?.url.utf8.count ?? 0) }
    }
  }
}
