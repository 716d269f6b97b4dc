import ClawCore
import ClawJSON
import ClawModels

/// Selects a model, tests it with one real call, and writes the configuration.
struct Onboarding: Sendable {
  /// Choices made on the command line; nil uses what is found.
  struct Wishes: Sendable {
    var provider: String?
    var model: String?
    var baseURL: String?
    /// Whether to store a key that is only in the environment in `secrets.env`.
    var keepsKey = true
  }

  /// The result.
  struct Outcome: Sendable {
    let model: ModelReference
    let duration: Duration
    let configFile: String
    /// Nil if no secret had to be written.
    let secretsFile: String?
    let servers: [LocalModelServers.Found]
  }

  let loaded: LoadedConfiguration
  /// The current setting, valid or not.
  let configuredProvider: String
  let wishes: Wishes
  /// Nil if not interactive.
  let questions: (any Questions)?
  let console: Console

  /// - Throws: ``CommandFailure`` saying what is missing; nothing is written then.
  func run() async throws -> Outcome {
    let servers = try await Progress.during("looking for model servers on this machine", console: console) {
      try await LocalModelServers(values: loaded.values).find()
    }
    let preset = try await choosePreset(servers)
    let baseURL = self.baseURL(of: preset)
    let key = try await key(for: preset, baseURL: baseURL)
    let provider = ProviderConfiguration(
      preset: preset, apiKey: key.isEmpty ? nil : Secret(key), baseURL: baseURL)
    let model = try await chooseModel(of: provider)
    let answer = try await test(ModelReference(provider: provider.name, model: model), of: provider)
    let secretsFile = try await write(answer.model, of: preset, baseURL: baseURL, key: key)
    return Outcome(
      model: answer.model, duration: answer.duration, configFile: loaded.file, secretsFile: secretsFile,
      servers: servers)
  }

  // MARK: - Provider

  private func hasKey(_ preset: ProviderPreset) -> Bool { !loaded.values[Settings.apiKey(of: preset.name)].isEmpty }

  private func choosePreset(_ servers: [LocalModelServers.Found]) async throws -> ProviderPreset {
    if let named = wishes.provider {
      if let preset = ProviderPreset.named(named) { return preset }
      let known = ProviderPreset.all.map(\.name)
      let nearest = NearestName.nearest(to: named, among: known).map { "; did you mean \($0)?" } ?? "."
      throw CommandFailure(
        .usage, "there is no provider \"\(named)\"\(nearest) Known are \(known.joined(separator: ", ")).")
    }
    let found = servers.compactMap { ProviderPreset.named($0.provider) }
    if let questions { return try await askPreset(questions, found) }
    let withKey = ProviderPreset.all.filter(hasKey)
    let configured = (withKey + found).first { $0.name == configuredProvider }
    if let preset = configured ?? withKey.first ?? found.first { return preset }
    throw CommandFailure(
      .configuration,
      "there is no key in the environment and no model server on this machine. Set a key, such as "
        + "SWIFTCLAW_ANTHROPIC_API_KEY, or start one (ollama serve), and try again. Until then the built-in demo model "
        + "answers: \(ProcessEnvironment.programName) serve")
  }

  private func askPreset(_ questions: any Questions, _ found: [ProviderPreset]) async throws -> ProviderPreset {
    let others = ProviderPreset.all.filter { preset in !found.contains(preset) && preset.requiresKey }
    let offered = found + others
    console.note("Which model provider?")
    for (index, preset) in offered.enumerated() {
      let remark = preset.requiresKey ? (hasKey(preset) ? "has a key" : "needs a key") : "runs on this machine"
      console.note("  \(index + 1)  \(preset.name)  \(console.errorStyles.dim(remark))")
    }
    while let answer = await questions.ask("Number or name [1]:") {
      if answer.isEmpty, let first = offered.first { return first }
      if let number = Int(answer), offered.indices.contains(number - 1) { return offered[number - 1] }
      if let preset = ProviderPreset.named(answer.lowercased()) { return preset }
      console.note("\"\(TerminalText.plain(answer))\" is none of them")
    }
    throw CommandFailure(.interrupted, "nothing was written")
  }

  /// Nil for the vendor's own address.
  private func baseURL(of preset: ProviderPreset) -> String? {
    let configured = loaded.values[Settings.baseURL(of: preset.name)]
    return wishes.baseURL ?? (configured.isEmpty ? nil : configured)
  }

  private func key(for preset: ProviderPreset, baseURL: String?) async throws -> String {
    let key = loaded.values[Settings.apiKey(of: preset.name)]
    guard key.isEmpty, preset.requiresKey else { return key }
    guard let questions else {
      // A private server may not require a key.
      if baseURL != nil { return "" }
      throw CommandFailure(.unauthorized, "\(preset.name) needs a key: set \(preset.keyVariable) and try again")
    }
    while let answer = await questions.askSecretly("Key of \(preset.name) (it is not shown):") {
      if !answer.isEmpty || baseURL != nil { return answer }
    }
    throw CommandFailure(.interrupted, "nothing was written")
  }

  // MARK: - Model

  private func chooseModel(of provider: ProviderConfiguration) async throws -> String {
    if let model = wishes.model { return model }
    let check = ModelCheck(
      ModelsConfiguration(
        providers: [provider], standard: ModelReference(provider: provider.name, model: provider.defaultModel)),
      timeout: .seconds(10))
    // A provider without a list may still work; the test call shows it.
    let listed = try await Progress.during("asking \(provider.name) for its models", console: console) {
      try await check.list().models.map(\.reference.model)
    }
    let usual = provider.defaultModel
    let isUsable = !usual.isEmpty && (listed.isEmpty || listed.contains(usual) || listed.contains(usual + ":latest"))
    let proposed = isUsable ? usual : listed.first { !$0.containsBytes(of: "embed") } ?? usual
    guard let questions else {
      guard !proposed.isEmpty else { throw noModel(provider) }
      return proposed
    }
    if !listed.isEmpty {
      let shown = listed.prefix(20).joined(separator: ", ")
      console.note("Models: \(TerminalText.plain(shown))\(listed.count > 20 ? " and \(listed.count - 20) more" : "")")
    }
    let answer = await questions.ask(proposed.isEmpty ? "Which model?" : "Which model [\(proposed)]:")
    guard let answer else { throw CommandFailure(.interrupted, "nothing was written") }
    guard !answer.isEmpty || !proposed.isEmpty else { throw noModel(provider) }
    return answer.isEmpty ? proposed : answer
  }

  private func noModel(_ provider: ProviderConfiguration) -> CommandFailure {
    CommandFailure(.usage, "\(provider.name) serves whatever was loaded into it; say which model with --model")
  }

  private func test(_ model: ModelReference, of provider: ProviderConfiguration) async throws -> ModelCheck.Answer {
    let check = ModelCheck(ModelsConfiguration(providers: [provider], standard: model))
    do {
      return try await Progress.during("asking \(model)", console: console) { try await check.call(model) }
    } catch let error as ClawError {
      let failure = ModelCheck.failure(error)
      throw CommandFailure(failure.status, failure.message + "\nnothing was written")
    }
  }

  // MARK: - Files

  /// - Returns: the path of `secrets.env`, if it is used.
  private func write(
    _ model: ModelReference, of preset: ProviderPreset, baseURL: String?, key: String
  ) async throws -> String? {
    var values: [(path: String, value: JSONValue?)] = [
      (Settings.provider.path, .string(model.provider)), (Settings.model.path, .string(model.model)),
    ]
    if let baseURL { values.append((Settings.baseURL(of: preset.name).path, .string(baseURL))) }
    let secrets = SecretsFile(path: loaded.dataDirectory.secretsFile)
    let source = loaded.values.source(of: Settings.apiKey(of: preset.name))
    let isKept = source == .secrets(secrets.path)
    let writesKey = !key.isEmpty && !isKept && wishes.keepsKey
    let (directory, file, edits) = (loaded.dataDirectory.path, loaded.file, values)
    try await Blocking.run {
      try PrivateFile.makeDirectory(directory)
      // The secret first: a configuration with a provider without a key is rejected at startup.
      if writesKey { try secrets.set([(preset.keyVariable, key)]) }
      try ConfigurationEdit.set(edits, in: file)
    }
    return writesKey || isKept ? secrets.path : nil
  }
}
