import ClawCore

extension ModelRequest {
  /// Limit of media in one request, in bytes; beyond it older media are only mentioned. Anthropic's API (2026) accepts
  /// 32 MB, OpenAI's 50 MB of images.
  private static let maxMediaBytes = 48 * 1024 * 1024

  /// The request with its images inlined as data URLs, and with notes in place of other media.
  /// - Throws: ``ClawError`` `unavailable` if they can't be read now.
  func withMediaInline() async throws -> ModelRequest {
    guard exchanges.contains(where: { $0.entries.contains { $0.hasMedia } }) else { return self }
    var request = self
    var left = Self.maxMediaBytes
    // Newest first: the conversation is about them.
    for exchange in exchanges.indices.reversed() {
      for entry in exchanges[exchange].entries.indices.reversed() {
        let shown = try await inline(exchanges[exchange].entries[entry], &left)
        request.exchanges[exchange].entries[entry] = shown
      }
    }
    return request
  }

  private func inline(_ entry: Entry, _ left: inout Int) async throws -> Entry {
    switch entry {
    case .user(let message) where entry.hasMedia:
      return .user(UserMessage(parts: try await inline(message.parts, &left)))
    case .round(let round) where entry.hasMedia:
      var calls: [CompletedCall] = []
      for call in round.calls {
        let parts = try await inline(call.result.parts, &left)
        calls.append(CompletedCall(call: call.call, result: ToolResult(parts: parts, isError: call.result.isError)))
      }
      return .round(Round(text: round.text, providerParts: round.providerParts, calls: calls))
    case .user, .round, .summary: return entry
    }
  }

  private func inline(_ parts: [ContentPart], _ left: inout Int) async throws -> [ContentPart] {
    var shown: [ContentPart] = []
    for part in parts {
      guard case .media(let media) = part else {
        shown.append(part)
        continue
      }
      guard media.kind == .image, media.size <= left, let base64 = try await self.media.base64(of: media) else {
        shown.append(.text(media.note))
        continue
      }
      left -= media.size
      shown.append(.image(url: "data:\(media.type);base64,\(base64)"))
    }
    return shown
  }
}

extension Entry {
  fileprivate var hasMedia: Bool {
    switch self {
    case .user(let message): message.parts.contains { $0.media != nil }
    case .round(let round): round.calls.contains { $0.result.parts.contains { $0.media != nil } }
    case .summary: false
    }
  }
}
