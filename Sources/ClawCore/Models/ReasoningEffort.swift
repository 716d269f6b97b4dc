/// How much a model should think before it answers, ascending; the values of OpenAI's `reasoning_effort`.
public enum ReasoningEffort: String, Sendable, Hashable, Codable, CaseIterable {
  /// No thinking.
  case none
  case minimal, low, medium, high, xhigh, max
}
