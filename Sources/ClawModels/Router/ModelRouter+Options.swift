import ClawCore

extension ModelRouter {
  public func unsupportedOptions(of sampling: SamplingOptions, for model: ModelReference) -> [SamplingOption] {
    // The built-in model does no sampling: its answers do not depend on the options.
    guard let provider = provider(named: model.provider)?.configuration, provider.dialect != .demo else { return [] }
    return ModelQuirks(vendor: provider.vendor, model: model.model).unsupported(in: sampling)
  }

  public func takesImages(_ model: ModelReference) -> Bool {
    guard let provider = provider(named: model.provider)?.configuration else { return true }
    return provider.dialect != .demo && ModelQuirks(vendor: provider.vendor, model: model.model).takesImages
  }
}

extension ModelQuirks {
  /// The options that the model does not support and that would change its answer. Excludes stop sequences, which the
  /// gateway applies itself if necessary.
  func unsupported(in sampling: SamplingOptions) -> [SamplingOption] {
    SamplingOption.allCases.filter { option in
      switch option {
      case .temperature:
        // 1 is the default of all models.
        guard let temperature = sampling.temperature, temperature != 1 else { return false }
        return !takesSampling || temperature > highestTemperature || thinksInstead(sampling)
      case .topP:
        guard let topP = sampling.topP, topP != 1 else { return false }
        return !takesSampling || sampling.temperature != nil && !takesBothSamplingOptions || thinksInstead(sampling)
      case .seed: return sampling.seed != nil && seedField == nil
      case .responseFormat:
        guard let format = sampling.responseFormat, !format.isNull else { return false }
        return format["type"]?.stringValue != "text" && !takesResponseFormat
      case .reasoningEffort:
        switch sampling.reasoningEffort {
        case nil: return false
        case .none?: return alwaysThinks
        default: return !thinking.takesEffort
        }
      case .maxOutputTokens, .stop: return false
      }
    }
  }

  /// Whether thinking, enabled by an effort, excludes sampling options (Anthropic).
  private func thinksInstead(_ sampling: SamplingOptions) -> Bool {
    guard let effort = sampling.reasoningEffort, effort != .none else { return false }
    return switch thinking {
    case .budget, .adaptive: true
    case .none, .passed, .effort, .reasoningObject, .enabledObject: false
    }
  }
}
