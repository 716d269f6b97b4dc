import ClawModels

extension Settings {
  /// The providers there are presets for, in the order in which one with a key is looked for.
  static let providers: [String] = ProviderPreset.all.map(\.name)

  /// The key that pays for calls.
  public static func apiKey(of provider: String) -> Setting<String> {
    Setting(
      "providers.\(provider).api_key", .text, "", short: variable(provider, "API_KEY"), isSecret: true,
      "The key for \(provider).")
  }

  /// Where the provider is reached; empty for its own address.
  public static func baseURL(of provider: String) -> Setting<String> {
    Setting(
      "providers.\(provider).base_url", .webAddress, "", short: variable(provider, "BASE_URL"),
      "Another address for \(provider); empty takes its own.")
  }

  /// The model to use of this provider; empty for its usual one.
  public static func model(of provider: String) -> Setting<String> {
    Setting(
      "providers.\(provider).model", .text, "", short: variable(provider, "MODEL"),
      "Model to use of \(provider); empty takes its usual one.")
  }

  private static func variable(_ provider: String, _ suffix: String) -> String {
    "SWIFTCLAW_\(provider.uppercased())_\(suffix)"
  }
}
