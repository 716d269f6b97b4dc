/// The options of ``SamplingOptions`` by name, for telling which of them a model can't honour. The edges know how each
/// is called on their wire.
public enum SamplingOption: String, Sendable, Hashable, CaseIterable {
  case temperature, topP, maxOutputTokens, stop, seed, responseFormat, reasoningEffort
}
