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

/// What a person (or a caller standing for one) said.
public struct UserMessage: Sendable, Hashable, Codable {
  public var parts: [ContentPart]

  public init(parts: [ContentPart]) {
    self.parts = parts
  }

  public init(_ text: String) {
    self.init(parts: [.text(text)])
  }

  /// All text parts, one after the other.
  public var text: String { parts.compactMap(\.text).joined(separator: "\n") }
}
