import ArgumentParser
import ClawCore
import ClawProtocol

/// `swiftclaw pairing`.
struct PairingCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pairing", abstract: "Approves and revokes device pairings.",
    discussion: """
      A device that connects without a token shows a code. Whoever approves the code lets the device act for a user.

      Example:
        swiftclaw pairing list
        swiftclaw pairing approve ABCD2345
      """,
    subcommands: [List.self, Approve.self, Revoke.self])

  /// `swiftclaw pairing list`.
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists devices that wait, with their codes, and those that are paired.",
      discussion: """
        Example:
          swiftclaw pairing list --json
        """)

    @OptionGroup var gateway: GatewayOptions

    func run() async throws {
      let list = try await gateway.call(DevicePairList.self, NoParams())
      guard !gateway.json else { return try gateway.write(json: list) }
      let console = Console.current
      if list.pending.isEmpty, list.paired.isEmpty { console.note("no device waits, and none is paired") }
      for device in list.pending {
        let claim = device.user_id.map { " as \($0)" } ?? ""
        console.line(
          TerminalText.plain(
            "waiting  \(device.code ?? "—")  \(device.channel) from \(device.remote)\(claim), until "
              + "\(Timestamp(milliseconds: device.expires_at).rfc3339)  \(device.device_id)"))
      }
      for device in list.paired { console.line(PairingCommand.line(of: device)) }
    }
  }

  /// `swiftclaw pairing approve`.
  struct Approve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Pairs the device that shows this code.",
      discussion: """
        Without --user the device acts for the user it claimed, or else for the one who approves.

        Example:
          swiftclaw pairing approve ABCD2345 --user alice --role viewer
        """)

    @Argument(help: "The code, in any case.")
    var code: String

    @Option(help: ArgumentHelp("Whom the device acts for.", valueName: "user"))
    var user: String?

    @Option(help: ArgumentHelp("operator or viewer (default: operator).", valueName: "role"))
    var role: String?

    @OptionGroup var gateway: GatewayOptions

    func validate() throws {
      guard ["operator", "viewer", nil].contains(role) else { throw ValidationError("--role: operator or viewer") }
    }

    func run() async throws {
      let result = try await gateway.call(
        DevicePairApprove.self, DevicePairApprove.Params(code: code, userId: user, role: role))
      guard !gateway.json else { return try gateway.write(json: result) }
      Console.current.line(PairingCommand.line(of: result.paired))
    }
  }

  /// `swiftclaw pairing revoke`.
  struct Revoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Ends a pairing and the device's connections, or refuses a device that waits.",
      discussion: """
        Example:
          swiftclaw pairing revoke 01890a5d-ac96-774b-bcce-b302099a8057
        """)

    @Argument(help: "The device, as 'swiftclaw pairing list' names it.")
    var device: String

    @OptionGroup var gateway: GatewayOptions

    func run() async throws {
      let result = try await gateway.call(DevicePairRevoke.self, DevicePairRevoke.Params(deviceId: device))
      guard !gateway.json else { return try gateway.write(json: result) }
      Console.current.line(TerminalText.plain("revoked \(device)"))
    }
  }

  private static func line(of device: DevicePairList.Paired) -> String {
    let end = device.expires_at.map { ", until \(Timestamp(milliseconds: $0).rfc3339)" } ?? ""
    return TerminalText.plain(
      "paired   \(device.role) \(device.user_id) on \(device.channel), by \(device.paired_by)\(end)  \(device.device_id)"
    )
  }
}
