import ArgumentParser
import ClawCore
import ClawJSON
import ClawProtocol

/// `swiftclaw models`.
struct ModelsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models", abstract: "Lists models, and tests one with a real call.",
    discussion: """
      Example:
        swiftclaw models test openai/gpt-4o
      """,
    subcommands: [List.self, Test.self])

  /// `swiftclaw models list`.
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists the models that the running gateway can use.",
      discussion: """
        Example:
          swiftclaw models list --provider openai
        """)

    @Option(help: ArgumentHelp("Only those of this provider.", valueName: "name"))
    var provider: String?

    @OptionGroup var gateway: GatewayOptions

    func run() async throws {
      let answer = try await Progress.during("asking the providers") {
        try await gateway.call(ModelsList.self, .init(provider: provider))
      }
      let console = Console.current
      if gateway.json {
        try gateway.write(json: answer)
      } else {
        var table = TextTable("MODEL", "NAME", "CONTEXT", "")
        for model in answer.models {
          table.add(
            model.id, model.name, model.contextWindow.map { "\($0)" } ?? "", model.isDefault ? "used by default" : " ")
        }
        if !answer.models.isEmpty { table.write(to: console) }
        for failure in answer.errors {
          console.note(console.errorStyles.yellow("note: ") + TerminalText.plain(failure.message))
        }
      }
      if answer.models.isEmpty, !answer.errors.isEmpty {
        throw CommandFailure(.unavailable, "no provider listed its models")
      }
    }
  }

  /// `swiftclaw models test`.
  struct Test: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Asks a model one short question, with the keys that are configured or sealed here; needs no gateway.",
      discussion: """
        Ends with 77 if the provider refuses the key, with 69 if it can't be reached.

        Example:
          swiftclaw models test openai/gpt-4o
        """)

    @Argument(help: "The model, as provider/model (default: the configured one).")
    var model: String?

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup var place: DataDirectoryOptions

    func run() async throws {
      let loaded = try await place.load().withSealedKeys()
      let console = Console.current
      console.noteUnknownKeys(of: loaded)
      let check = ModelCheck(try loaded.checked().values.models)
      do {
        let named = try await Progress.during("looking for the model") { try await reference(check) }
        let answer = try await Progress.during("asking \(named)") { try await check.call(named) }
        let milliseconds = answer.duration.milliseconds
        if json {
          let result: JSONValue = [
            "ok": true, "model": .string(answer.model.description), "durationMs": .integer(milliseconds),
          ]
          return console.line(result.serializedString())
        }
        console.line("\(console.styles.green("ok")): \(answer.model) answered after \(milliseconds) ms")
      } catch let error as ClawError {
        throw ModelCheck.failure(error)
      }
    }

    private func reference(_ check: ModelCheck) async throws -> ModelReference {
      guard let model else { return check.configuration.standard }
      guard let reference = try await check.resolve(model) else {
        let names = check.configuration.providers.map(\.name).joined(separator: ", ")
        throw CommandFailure(.usage, "no configured provider has \(model); write provider/model, of \(names)")
      }
      return reference
    }
  }
}
