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
