import ClawCore

/// The text of an answer with several rounds: the texts of all rounds, separated by an empty line. Used for streamed
/// and complete answers, so that both are equal.
struct AnswerText: Sendable {
  static let separator = "\n\n"

  private(set) var hasText = false
  /// Whether the current round has produced text.
  private(set) var roundHasText = false

  /// Ends the round.
  mutating func endRound() { roundHasText = false }

  /// The text to send for a piece of the current round.
  mutating func piece(_ text: String) -> String {
    guard !text.isEmpty else { return text }
    defer {
      hasText = true
      roundHasText = true
    }
    return hasText && !roundHasText ? Self.separator + text : text
  }

  /// The same for complete rounds.
  static func joined(_ rounds: [String]) -> String {
    rounds.filter { !$0.isEmpty }.joined(separator: separator)
  }
}
