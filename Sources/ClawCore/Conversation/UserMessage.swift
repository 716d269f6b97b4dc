/// A message of a user (or of a caller acting for one).
public struct UserMessage: Sendable, Hashable, Codable {
  public var parts: [ContentPart]

  public init(parts: [ContentPart]) {
    self.parts = parts
  }

  public init(_ text: String) {
    self.init(parts: [.text(text)])
  }

  /// All text parts, joined by line breaks.
  public var text: String { parts.compactMap(\.text).joined(separator: "\n") }
}
