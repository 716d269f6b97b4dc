/// How much a model is to think before it answers, least first; in the words of OpenAI's `reasoning_effort`.
public enum ReasoningEffort: String, Sendable, Hashable, Codable, CaseIterable {
  /// Not at all.
  case none
  case minimal, low, medium, high, xhigh, max
}
