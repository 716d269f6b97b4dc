import ArgumentParser
import ClawProtocol

/// `swiftclaw tenants`.
struct TenantsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tenants", abstract: "Lists, makes, exports and erases tenants.",
    discussion: """
      A tenant has agents, users, sessions and keys of its own and sees nothing of another. Needs the gateway's token.

      Example:
        swiftclaw tenants add acme --name "Acme Ltd."
        swiftclaw keys add first --role admin --tenant acme
      """,
    subcommands: [List.self, Add.self, Remove.self, Export.self])

  static let path = "/v1/tenants"

  /// `swiftclaw tenants list`.
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists tenants.",
      discussion: """
        Example:
          swiftclaw tenants list --json
        """)

    @OptionGroup var gateway: GatewayOptions

    func run() async throws {
      let web = try await gateway.web()
      var tenants: [TenantBody] = []
      var cursor: String?
      repeat {
        let further = cursor.map { "&cursor=" + GatewayWeb.escaped($0) } ?? ""
        let page = try await web.call(.GET, "\(TenantsCommand.path)?limit=200\(further)", as: TenantListBody.self)
        tenants += page.tenants
        cursor = page.next_cursor
      } while cursor != nil
      guard !gateway.json else { return try gateway.write(json: TenantListBody(tenants: tenants, next_cursor: nil)) }
      var table = TextTable("ID", "NAME", "STATUS")
      for tenant in tenants { table.add(tenant.id, tenant.name, tenant.status) }
      table.write(to: .current)
    }
  }

  /// `swiftclaw tenants add`.
  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Makes a tenant with its first agent.",
      discussion: """
        Example:
          swiftclaw tenants add acme --name "Acme Ltd."
        """)

    @Argument(help: "Its id: a-z, 0-9, '-' and '_'.")
    var id: String

    @Option(help: ArgumentHelp("What people call it (default: the id).", valueName: "name"))
    var name: String?

    @OptionGroup var gateway: GatewayOptions

    func run() async throws {
      let tenant = try await gateway.web().call(
        .POST, TenantsCommand.path, body: TenantDraftBody(id: id, name: name), as: TenantBody.self)
      guard !gateway.json else { return try gateway.write(json: tenant) }
      Console.current.line(TerminalText.plain("made tenant \(tenant.id)"))
    }
  }

  /// `swiftclaw tenants remove`.
  struct Remove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Erases a tenant with all that it has.",
      discussion: """
        Its sessions, agents, users, keys, secrets, jobs and folders are gone for good.

        Example:
          swiftclaw tenants export acme > acme.jsonl
          swiftclaw tenants remove acme --yes
        """)

    @Argument(help: "The tenant.")
    var id: String

    @Flag(name: .shortAndLong, help: "Don't ask.")
    var yes = false

    @OptionGroup var gateway: GatewayOptions

    func run() async throws {
      try await Confirmation.require("Erase the tenant \(id) with all that it has?", isGiven: yes)
      var web = try await gateway.web()
      web.timeout = .hours(1)
      try await web.send(.DELETE, "\(TenantsCommand.path)/\(GatewayWeb.escaped(id))")
      guard !gateway.json else { return try gateway.write(json: ["id": id, "state": "erased"]) }
      Console.current.line(TerminalText.plain("erased \(id)"))
    }
  }

  /// `swiftclaw tenants export`.
  struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Writes all that a tenant has as JSON, an object a line.",
      discussion: """
        Secrets and keys are named, never shown.

        Example:
          swiftclaw tenants export acme > acme.jsonl
        """)

    @Argument(help: "The tenant.")
    var id: String

    @Option(help: ArgumentHelp("What this user has, and nothing else.", valueName: "user"))
    var user: String?

    @OptionGroup var gateway: GatewayOptions

    func run() async throws {
      var web = try await gateway.web(tenant: user == nil ? nil : id)
      web.timeout = .hours(24)
      let path =
        user.map { "/v1/users/\(GatewayWeb.escaped($0))/export" }
        ?? "\(TenantsCommand.path)/\(GatewayWeb.escaped(id))/export"
      let console = Console.current
      try await web.lines(path) { console.line($0) }
    }
  }
}
