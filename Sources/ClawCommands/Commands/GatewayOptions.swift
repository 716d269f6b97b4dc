import ArgumentParser
import ClawClient
import ClawJSON
import ClawProtocol

/// What every command that asks a running gateway can be told.
struct GatewayOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The gateway's address (default: $SWIFTCLAW_URL, or the configured one).", valueName: "url"))
  var url: String?

  @Flag(help: "Write JSON.")
  var json = false

  @OptionGroup var place: DataDirectoryOptions

  /// A connection for as long as the body runs.
  /// - Parameter user: Whose things it is about; the owner's without it.
  func withClient<Value>(user: String? = nil, _ body: (GatewayClient) async throws -> Value) async throws -> Value {
    let configuration = try await GatewayAddress.client(place: place, url: url, user: user)
    return try await GatewayClient.withConnection(to: configuration) { try await body($0) }
  }

  /// One call on a connection of its own.
  func call<M: Method>(_ method: M.Type, _ params: M.Params, user: String? = nil) async throws -> M.Result {
    try await withClient(user: user) { try await $0.call(method, params) }
  }

  /// The gateway over HTTP.
  func web(tenant: String? = nil) async throws -> GatewayWeb {
    let client = try await GatewayAddress.client(place: place, url: url)
    return GatewayWeb(base: GatewayAddress.web(client.url), token: client.token ?? "", tenant: tenant)
  }

  /// Writes an answer for programs.
  func write(json answer: some Encodable) throws {
    Console.current.line(try JSONValue(encoding: answer).serializedString())
  }
}
