import ClawCore

/// The text of an answer that took several rounds: the texts of all rounds, an empty line between them. Streamed and
/// whole answers are put together by it, so that they are the same.
struct AnswerText: Sendable {
  static let separator = "\n\n"

  private(set) var hasText = false
  /// Whether the round that is under way has said anything.
  private(set) var roundHasText = false

  /// A round is over.
  mutating func endRound() { roundHasText = false }

  /// What is to be sent for a piece of the round that is under way.
  mutating func piece(_ text: String) -> String {
    guard !text.isEmpty else { return text }
    defer {
      hasText = true
      roundHasText = true
    }
    return hasText && !roundHasText ? Self.separator + text : text
  }

  /// The same for rounds that are known whole.
  static func joined(_ rounds: [String]) -> String {
    rounds.filter { !$0.isEmpty }.joined(separator: separator)
  }
}
