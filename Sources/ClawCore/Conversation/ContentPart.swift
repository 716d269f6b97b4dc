/// A part of a user's message.
public enum ContentPart: Sendable, Hashable, Codable {
  case text(String)
  /// An `https:` or `data:` URL of an image.
  case image(url: String)
  /// A stored image, file or recording.
  case media(MediaPart)

  /// The text of a text part.
  public var text: String? {
    if case .text(let text) = self { text } else { nil }
  }

  /// The media that it refers to, if any.
  public var media: MediaPart? {
    if case .media(let part) = self { part } else { nil }
  }
}
