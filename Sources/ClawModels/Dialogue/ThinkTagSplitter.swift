import ClawCore
import ClawJSON

/// Extracts reasoning from a text that begins with `<think>`: everything up to `</think>` is thinking, the rest is the
/// answer. Tags elsewhere are ordinary text.
struct ThinkTagSplitter: Sendable {
  private enum Place {
    case beginning, thinking, answer
  }

  private static let opening = "<think>"
  private static let closing = "</think>"

  private var place: Place
  /// A partial tag, or the white space before one; bounded by the length of a tag and 64.
  private var held = ""
  private var trimsBeginning = false

  init(enabled: Bool) {
    place = enabled ? .beginning : .answer
  }

  mutating func push(_ text: String) -> [ModelEvent] {
    guard !text.isEmpty else { return [] }
    switch place {
    case .answer:
      return answer(text)
    case .beginning:
      held += text
      let start = held.droppingBlanks
      if let rest = start.droppingPrefix(Self.opening).map(String.init) {
        (place, held) = (.thinking, "")
        return push(rest)
      }
      if Self.opening.startsWith(start), held.utf8.count <= 64 { return [] }
      place = .answer
      defer { held = "" }
      return answer(held)
    case .thinking:
      held += text
      if let end = held.firstRange(ofBytes: Self.closing) {
        let (thought, rest) = (String(held[..<end.lowerBound]), String(held[end.upperBound...]))
        (place, held, trimsBeginning) = (.answer, "", true)
        return (thought.isEmpty ? [] : [.thinking(thought)]) + answer(rest)
      }
      let keep = Self.heldLength(at: held)
      let end = held.utf8.index(held.endIndex, offsetBy: -keep)
      let shown = String(held[..<end])
      held = String(held[end...])
      return shown.isEmpty ? [] : [.thinking(shown)]
    }
  }

  /// The text held back, when the input has ended.
  mutating func finish() -> [ModelEvent] {
    defer { held = "" }
    guard !held.isEmpty else { return [] }
    return place == .thinking ? [.thinking(held)] : [.text(held)]
  }

  private mutating func answer(_ text: String) -> [ModelEvent] {
    guard trimsBeginning else { return text.isEmpty ? [] : [.text(text)] }
    let rest = text.droppingBlanks
    guard !rest.isEmpty else { return [] }
    trimsBeginning = false
    return [.text(String(rest))]
  }

  /// How many bytes at the end could be the beginning of the closing tag.
  private static func heldLength(at text: String) -> Int {
    let (closing, text) = (closing.utf8, text.utf8)
    return stride(from: min(closing.count - 1, text.count), to: 0, by: -1)
      .first { closing.starts(with: text.suffix($0)) } ?? 0
  }
}
