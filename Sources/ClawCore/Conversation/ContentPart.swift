/// A piece of what a person sends.
public enum ContentPart: Sendable, Hashable, Codable {
  case text(String)
  /// An `https:` or `data:` URL of a picture.
  case image(url: String)

  /// The text, if it is text.
  public var text: String? {
    if case .text(let text) = self { text } else { nil }
  }
}
