/// The names of ``SamplingOptions``, for reporting which of them a model does not support. The edges map them to their
/// wire names.
public enum SamplingOption: String, Sendable, Hashable, CaseIterable {
  case temperature, topP, maxOutputTokens, stop, seed, responseFormat, reasoningEffort
}
