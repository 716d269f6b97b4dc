/// Settings of models and their timeouts.
extension Settings {
  public static let provider = Setting(
    "models.provider", .text, "", short: "SWIFTCLAW_PROVIDER",
    "Provider to use; empty takes the first that has a key, or demo.")
  public static let model = Setting(
    "models.model", .text, "", short: "SWIFTCLAW_MODEL", "Model to use; empty takes the provider's usual one.")
  public static let modelConnectTimeout = Setting(
    "models.connect_timeout", .duration(), .seconds(10), "Time to reach a provider.")
  public static let modelFirstByteTimeout = Setting(
    "models.first_byte_timeout", .duration(), .seconds(60), "Time until a provider begins to answer.")
  public static let modelSilenceTimeout = Setting(
    "models.silence_timeout", .duration(), .seconds(120), "Silence after which a stream counts as broken.")
  public static let modelEndTimeout = Setting(
    "models.end_timeout", .duration(), .seconds(2),
    "Time between the word that ends an answer and the end of its stream; in between only the usage is to come.")
  public static let trustFile = Setting(
    "models.ca_file", .text, "", short: "SSL_CERT_FILE",
    "Certificates in PEM that are trusted instead of the system's: a file, or a folder of them.")
  public static let retryAttempts = Setting(
    "models.retry_attempts", .integer(1...20), 3, "Tries per model call, the first one included.")
  public static let retryBase = Setting(
    "models.retry_base", .duration(), .milliseconds(300), "Pause before the second try; it doubles from there.")
  public static let rateLimitPause = Setting(
    "models.rate_limit_pause", .duration(), .seconds(2),
    "The same after a rate limit whose provider does not say how long to wait.")
  public static let retryCap = Setting(
    "models.retry_cap", .duration(), .seconds(30), "Longest pause between two tries.")

  public static let modelListTimeout = Setting(
    "models.list_timeout", .duration(), .seconds(5), "Time a provider has to list its models.")
  public static let localProbeTimeout = Setting(
    "models.local_probe_timeout", .duration(), .milliseconds(500),
    "Time a model server on this machine has to answer when swiftclaw onboard looks for it.")
  public static let modelListLifetime = Setting(
    "models.list_lifetime", .duration(atLeast: .zero), .seconds(300), "How long a list of models is kept.")
  public static let thinkingBudget = Setting(
    "models.thinking_budget", .integer(1024...1_000_000), 8192,
    "Tokens a model may think, where a provider counts them.")
  public static let tenantPrivateAddresses = Setting(
    "models.tenant_private_addresses", .flag, false,
    "Whether providers that tenants set up may be on this machine or in private networks.")
  public static let demoWordDelay = Setting(
    "models.demo_word_delay", .duration(atLeast: .zero), .zero, "Pause of the demo model after each word.")

  static let models: [AnySetting] = [
    provider.erased, model.erased, modelConnectTimeout.erased, modelFirstByteTimeout.erased,
    modelSilenceTimeout.erased, modelEndTimeout.erased, trustFile.erased, retryAttempts.erased, retryBase.erased,
    rateLimitPause.erased, retryCap.erased, modelListTimeout.erased, localProbeTimeout.erased, modelListLifetime.erased,
    thinkingBudget.erased, tenantPrivateAddresses.erased, demoWordDelay.erased,
  ]
}
