import ClawCore
import ClawJSON

/// Takes the images out of a message that stand in it as data URLs: they are stored as media, which the message then
/// refers to.
struct InlineMedia: Sendable {
  let store: MediaStore
  let user: UserID
  let tenant: TenantID

  /// - Returns: The message as it is to be kept, and what was stored, which belongs to nothing yet.
  /// - Throws: ``ClawError`` `invalidRequest` for what can't be read or is too much; nothing is kept then.
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
      let media = try await store.add(data, of: user, in: tenant)
      stored.append(media.part.id)
      message.parts[index] = .media(media.part.shownAs(.image))
    }
    return message
  }
}

extension TranscriptMessage.Body {
  /// What two of the same content have in common.
  var withoutMediaIDs: Self {
    if case .user(let message) = self { .user(message.withoutMediaIDs) } else { self }
  }
}

extension UserMessage {
  /// What two of the same content have in common: their media have other ids.
  var withoutMediaIDs: UserMessage {
    UserMessage(
      parts: parts.map { part in
        part.media.map { .image(url: "sha256:\($0.digest);\($0.type)") } ?? part
      })
  }
}
