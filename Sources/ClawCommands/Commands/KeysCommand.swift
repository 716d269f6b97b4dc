import ArgumentParser
import ClawCore
import ClawProtocol

/// `swiftclaw keys`.
struct KeysCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys", abstract: "Lists, makes and revokes API keys.",
    discussion: """
      An API key lets a program in with a role of its own, instead of the gateway's token.

      Example:
        swiftclaw keys add backup --role viewer --expires 720h
        swiftclaw keys list
      """,
    subcommands: [List.self, Add.self, Revoke.self])

  static let path = "/v1/api-keys"

  /// `swiftclaw keys list`.
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists API keys, oldest first.",
      discussion: """
        Example:
          swiftclaw keys list --json
        """)

    @OptionGroup var gateway: GatewayOptions
    @OptionGroup var tenant: TenantOption

    func run() async throws {
      let web = try await gateway.web(tenant: tenant.tenant)
      var keys: [APIKeyBody] = []
      var cursor: String?
      repeat {
        let further = cursor.map { "&cursor=" + GatewayWeb.escaped($0) } ?? ""
        let page = try await web.call(.GET, "\(KeysCommand.path)?limit=200\(further)", as: APIKeyListBody.self)
        keys += page.api_keys
        cursor = page.next_cursor
      } while cursor != nil
      guard !gateway.json else { return try gateway.write(json: APIKeyListBody(api_keys: keys, next_cursor: nil)) }
      guard !keys.isEmpty else {
        return Console.current.note("there are no API keys; make one: swiftclaw keys add NAME")
      }
      var table = TextTable("ID", "NAME", "KEY", "ROLE", "USER", "LAST USED", "STATE")
      for key in keys {
        table.add(
          key.id, key.name, key.prefix + "…", key.role, key.user_id ?? "any",
          key.last_used_at.map { Timestamp(milliseconds: $0).rfc3339 } ?? "never", KeysCommand.state(of: key))
      }
      table.write(to: .current)
    }
  }

  /// `swiftclaw keys add`.
  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Makes an API key and shows it, this one time.",
      discussion: """
        Without --user, whoever holds the key says for whom they act. The key alone goes to stdout.

        Example:
          swiftclaw keys add backup --role viewer --user alice --expires 720h
        """)

    @Argument(help: "What it is for.")
    var name: String

    @Option(help: ArgumentHelp("viewer, operator or admin (default: operator).", valueName: "role"))
    var role: String?

    @Option(help: ArgumentHelp("Whom alone it acts for.", valueName: "user"))
    var user: String?

    @Option(help: ArgumentHelp("After how long it ends, such as 720h (default: never).", valueName: "duration"))
    var expires: String?

    @OptionGroup var gateway: GatewayOptions
    @OptionGroup var tenant: TenantOption

    func validate() throws {
      guard role.map({ Role(rawValue: $0) != nil }) ?? true else {
        throw ValidationError("--role: viewer, operator or admin")
      }
      guard let expires else { return }
      guard let duration = DurationText.parse(expires), duration > .zero else {
        throw ValidationError("--expires: a duration such as 720h")
      }
    }

    func run() async throws {
      let end = expires.flatMap(DurationText.parse).map { (TimeSource.system.now + $0).milliseconds }
      let key = try await gateway.web(tenant: tenant.tenant).call(
        .POST, KeysCommand.path, body: APIKeyDraftBody(name: name, role: role, user_id: user, expires_at: end),
        as: APIKeyBody.self)
      guard !gateway.json else { return try gateway.write(json: key) }
      let console = Console.current
      console.note(
        TerminalText.plain("\(key.role) key \(key.id), \(KeysCommand.state(of: key)). It is shown only now:"))
      console.line(TerminalText.plain(key.key ?? ""))
    }
  }

  /// `swiftclaw keys revoke`.
  struct Revoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Revokes a key and closes its connections.",
      discussion: """
        Example:
          swiftclaw keys revoke 01890a5d-ac96-774b-bcce-b302099a8057
        """)

    @Argument(help: "The key's id, as 'swiftclaw keys list' shows it.")
    var id: String

    @OptionGroup var gateway: GatewayOptions
    @OptionGroup var tenant: TenantOption

    func run() async throws {
      try await gateway.web(tenant: tenant.tenant).send(.DELETE, "\(KeysCommand.path)/\(GatewayWeb.escaped(id))")
      guard !gateway.json else { return try gateway.write(json: ["id": id, "state": "revoked"]) }
      Console.current.line(TerminalText.plain("revoked \(id)"))
    }
  }

  private static func state(of key: APIKeyBody) -> String {
    if key.revoked_at != nil { return "revoked" }
    guard let end = key.expires_at.map({ Timestamp(milliseconds: $0) }) else { return "good" }
    return end > TimeSource.system.now ? "good until \(end.rfc3339)" : "expired"
  }
}

/// The option that selects a tenant.
struct TenantOption: ParsableArguments {
  @Option(help: ArgumentHelp("Which tenant's (default: the token's own, or the first).", valueName: "id"))
  var tenant: String?
}
