/// A part of a user's message.
public enum ContentPart: Sendable, Hashable, Codable {
  case text(String)
  /// An `https:` or `data:` URL of an image.
  case image(url: String)

  /// The text of a text part.
  public var text: String? {
    if case .text(let text) = self { text } else { nil }
  }
}
