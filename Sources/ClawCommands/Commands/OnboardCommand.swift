import ArgumentParser
import ClawCore
import ClawJSON
import ClawModels

/// `swiftclaw onboard`.
struct OnboardCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "onboard", abstract: "Finds a model, tests it with one real call, and writes the configuration.",
    discussion: """
      Asks in a terminal; where a key is in the environment (or with --yes) it asks nothing. Model servers on this \
      machine are found by themselves: Ollama, LM Studio, vLLM, llama.cpp. The key goes into secrets.env in the data \
      folder, which only its owner can read. If the call fails, nothing is written.

      Example:
        SWIFTCLAW_OPENAI_API_KEY=… swiftclaw onboard
      """)

  @Option(help: ArgumentHelp("The provider, instead of the first that can be used.", valueName: "name"))
  var provider: String?

  @Option(help: ArgumentHelp("The model, instead of the provider's usual one.", valueName: "model"))
  var model: String?

  @Option(help: ArgumentHelp("Where the provider is reached, ending in /v1.", valueName: "url"))
  var baseURL: String?

  @Flag(inversion: .prefixedNo, help: "Keep a key of the environment in secrets.env.")
  var keepKey = true

  @Flag(name: .shortAndLong, help: "Ask nothing.")
  var yes = false

  @Flag(help: "Ask nothing, and write JSON.")
  var json = false

  @OptionGroup var place: DataDirectoryOptions

  func run() async throws {
    let console = Console.current
    let before = try await place.load()
    // Onboarding is about to fix whatever is wrong with the choice of a model.
    var loader = place.loader
    loader.flag("--provider", Settings.provider, "demo")
    loader.flag("--model", Settings.model, "demo")
    if let baseURL, let provider, ProviderPreset.named(provider) != nil {
      loader.flag("--base-url", Settings.baseURL(of: provider), baseURL)
    } else if baseURL != nil {
      throw ValidationError("--base-url needs a known --provider")
    }
    let loaded = try await DataDirectoryOptions.load(loader).checked()
    let hasKey = ProviderPreset.all.contains { !loaded.values[Settings.apiKey(of: $0.name)].isEmpty }
    let asks = console.isInputTerminal && console.isErrorTerminal && !hasKey && !yes && !json
    let outcome = try await Onboarding(
      loaded: loaded, configuredProvider: before.values[Settings.provider],
      wishes: .init(provider: provider, model: model, baseURL: baseURL, keepsKey: keepKey),
      questions: asks ? TerminalQuestions(console: console) : nil, console: console
    ).run()
    if json { return console.line(report(outcome).serializedString()) }
    show(
      outcome, console, isServing: await GatewayProbe(values: loaded.values, token: nil, timeout: .seconds(1)).answers)
    Self.warn(of: before, console)
  }

  private func report(_ outcome: Onboarding.Outcome) -> JSONValue {
    let servers = outcome.servers.map { server -> JSONValue in
      [
        "provider": .string(server.provider), "baseURL": .string(server.baseURL),
        "models": .array(server.models.map { .string($0) }),
      ]
    }
    return [
      "provider": .string(outcome.model.provider), "model": .string(outcome.model.model),
      "durationMs": .integer(outcome.duration.milliseconds), "configFile": .string(outcome.configFile),
      "secretsFile": outcome.secretsFile.map { .string($0) } ?? .null, "localServers": .array(servers),
      "next": .array(next.map { .string($0) }),
    ]
  }

  /// - Parameter isServing: Whether a gateway is running, which does not know the new configuration.
  private func show(_ outcome: Onboarding.Outcome, _ console: Console, isServing: Bool) {
    for server in outcome.servers {
      console.line("found \(server.provider) on \(server.baseURL) with \(server.models.count) models")
    }
    console.line(
      "\(console.styles.green("ok")): \(outcome.model) answered after \(outcome.duration.milliseconds) ms")
    console.line("configuration  \(outcome.configFile)")
    if let file = outcome.secretsFile { console.line("key            \(file)") }
    console.line()
    let stop = isServing ? "stop the gateway that is running (Ctrl-C in its terminal), then  " : ""
    console.line("Next:  " + stop + console.styles.bold(next[0]))
    console.line("then, in another terminal:  " + console.styles.bold(next[1]))
  }

  /// The next commands to type.
  private var next: [String] {
    let program = ProcessEnvironment.programName
    var places = ""
    if let folder = place.dataDirectory { places += " --data-dir \(folder)" }
    if let file = place.config { places += " --config \(file)" }
    return ["\(program) serve\(places)", "\(program) chat\(places)"]
  }

  /// Warns of environment variables that override the new configuration.
  private static func warn(of before: LoadedConfiguration, _ console: Console) {
    for setting in [Settings.provider, Settings.model] {
      guard case .variable(let name) = before.values.source(of: setting) else { continue }
      console.note("\(console.errorStyles.yellow("note")): \(name) is set and outweighs the configuration file")
    }
  }
}
