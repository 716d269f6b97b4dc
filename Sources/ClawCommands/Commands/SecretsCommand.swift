import ArgumentParser
import ClawCore
import ClawProtocol

/// `swiftclaw secrets`.
struct SecretsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "secrets", abstract: "Manages secrets encrypted in the database.",
    discussion: """
      Values go in and are never shown again. A provider's key is found under its setting's name, such as \
      providers.openai.api_key, at the next start; the environment and secrets.env outweigh it.

      Example:
        swiftclaw secrets set providers.openai.api_key < key.txt
        swiftclaw secrets list
      """,
    subcommands: [List.self, Set.self, Remove.self, Rotate.self])

  static let path = "/v1/secrets"

  /// `swiftclaw secrets list`.
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists the names of secrets.",
      discussion: """
        Example:
          swiftclaw secrets list --json
        """)

    @OptionGroup var gateway: GatewayOptions
    @OptionGroup var tenant: TenantOption

    func run() async throws {
      let list = try await gateway.web(tenant: tenant.tenant).call(.GET, SecretsCommand.path, as: SecretListBody.self)
      guard !gateway.json else { return try gateway.write(json: list) }
      guard !list.secrets.isEmpty else { return Console.current.note("there are no secrets") }
      var table = TextTable("NAME", "CHANGED")
      for secret in list.secrets { table.add(secret.name, Timestamp(milliseconds: secret.updated_at).rfc3339) }
      table.write(to: .current)
    }
  }

  /// `swiftclaw secrets set`.
  struct Set: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Seals a secret that is read from stdin.",
      discussion: """
        One line; at a terminal it is asked for and not shown. It is never an argument: those can be seen by others.

        Example:
          swiftclaw secrets set providers.openai.api_key < key.txt
        """)

    @Argument(help: "Its name: letters, digits, '.', '_', '-' and '/'.")
    var name: String

    @OptionGroup var gateway: GatewayOptions
    @OptionGroup var tenant: TenantOption

    func run() async throws {
      let console = Console.current
      let web = try await gateway.web(tenant: tenant.tenant)
      let value =
        console.isInputTerminal
        ? await TerminalQuestions(console: console).askSecretly("Value of \(name):") : await LineReader().next()
      guard let value, !value.isEmpty else { throw CommandFailure(.usage, "stdin holds no value") }
      try await web.send(
        .PUT, "\(SecretsCommand.path)/\(GatewayWeb.escaped(name))", body: SecretValueBody(value: value))
      guard !gateway.json else { return try gateway.write(json: ["name": name, "state": "set"]) }
      console.line(TerminalText.plain("sealed \(name)"))
    }
  }

  /// `swiftclaw secrets remove`.
  struct Remove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Removes a secret.",
      discussion: """
        Example:
          swiftclaw secrets remove providers.openai.api_key
        """)

    @Argument(help: "Its name.")
    var name: String

    @OptionGroup var gateway: GatewayOptions
    @OptionGroup var tenant: TenantOption

    func run() async throws {
      try await gateway.web(tenant: tenant.tenant).send(.DELETE, "\(SecretsCommand.path)/\(GatewayWeb.escaped(name))")
      guard !gateway.json else { return try gateway.write(json: ["name": name, "state": "removed"]) }
      Console.current.line(TerminalText.plain("removed \(name)"))
    }
  }

  /// `swiftclaw secrets rotate`.
  struct Rotate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Makes a new encryption key and seals the secrets of all tenants with it.",
      discussion: """
        For a key in the data directory. Where SWIFTCLAW_ENCRYPTION_KEY gives it, set that to a new key and \
        SWIFTCLAW_ENCRYPTION_KEY_PREVIOUS to the old one, and start the gateway again.

        Example:
          swiftclaw secrets rotate
        """)

    @OptionGroup var gateway: GatewayOptions

    func run() async throws {
      let result = try await gateway.web().call(
        .POST, SecretsCommand.path + "/rotate", as: SecretRotationBody.self)
      guard !gateway.json else { return try gateway.write(json: result) }
      Console.current.line("sealed \(result.resealed) secrets with a new key")
    }
  }
}
