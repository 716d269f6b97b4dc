import ClawCore
import ClawJSON

/// The system prompt of an agent. Its bytes are stable, so that prompt caches can hold it.
enum SystemPrompt {
  /// The whole answer of an agent that has nothing to say.
  static let silence = "NO_REPLY"

  /// Whether an answer is only the sentinel, with optional white space around it. In bold, with a full stop or after
  /// other words it is an ordinary answer, for users who ask about the word itself.
  static func isSilence(_ text: String) -> Bool { text.trimmed.hasSameBytes(as: silence) }

  /// - Parameter instructions: Instructions about the agent's tools.
  static func text(for agent: Agent, lane: Lane, instructions: [String] = []) -> String {
    var parts = [agent.prompt.isEmpty ? standard(agent) : agent.prompt]
    parts += instructions
    if lane != .main {
      parts.append(
        "Nobody is waiting for this answer. If there is nothing worth saying, answer with \(silence) and nothing else.")
    }
    return parts.joined(separator: "\n\n")
  }

  private static func standard(_ agent: Agent) -> String {
    """
    You are \(agent.name), a personal assistant. Answer in the language of the person who writes to you, to the point \
    and honestly; say so when you do not know. Use the tools you have when they give a better answer than guessing: \
    for the time and for arithmetic, always.
    """
  }
}
