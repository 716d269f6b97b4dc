import ClawCore
import ClawJSON

/// Stores images given as data URLs in a message as media, and replaces them with references.
struct InlineMedia: Sendable {
  let store: MediaStore
  let user: UserID
  let tenant: TenantID

  /// - Returns: The message to store, and the media stored, which nothing refers to yet.
  /// - Throws: ``ClawError`` `invalidRequest` for media that are unreadable or too large; nothing is stored then.
  func take(outOf inbound: Inbound) async throws -> (Inbound, [MediaID]) {
    var inbound = inbound
    var stored: [MediaID] = []
    do {
      inbound.message = try await replaced(inbound.message, &stored)
      for (index, body) in inbound.context.enumerated() {
        guard case .user(let message) = body else { continue }
        inbound.context[index] = .user(try await replaced(message, &stored))
      }
    } catch {
      await store.giveBack(stored, of: tenant)
      throw error
    }
    return (inbound, stored)
  }

  private func replaced(_ message: UserMessage, _ stored: inout [MediaID]) async throws -> UserMessage {
    let limit = store.configuration.maxParts
    guard message.parts.count(where: { $0.text == nil }) <= limit else {
      throw ClawError(field: .message, "may hold at most \(limit) images and files")
    }
    var message = message
    for (index, part) in message.parts.enumerated() {
      guard case .image(let url) = part, let data = DataURL(url) else { continue }
      // A provider that refuses a part refuses each further message of the session too.
      guard data.mediaType.startsWith("image/"), !data.mediaType.hasSameBytes(as: "image/svg+xml") else {
        throw ClawError(
          field: .message, "holds a data: URL of the type \(data.mediaType.prefix(64)); only images are accepted there")
      }
      let media = try await store.add(data, of: user, in: tenant)
      stored.append(media.part.id)
      message.parts[index] = .media(media.part.shownAs(.image))
    }
    return message
  }
}

extension TranscriptMessage.Body {
  /// The form in which two messages of the same content are equal.
  var withoutMediaIDs: Self {
    if case .user(let message) = self { .user(message.withoutMediaIDs) } else { self }
  }
}

extension UserMessage {
  /// The form in which two messages of the same content are equal, whatever the ids of their media.
  var withoutMediaIDs: UserMessage {
    UserMessage(
      parts: parts.map { part in
        part.media.map { .image(url: "sha256:\($0.digest);\($0.type)") } ?? part
      })
  }
}
