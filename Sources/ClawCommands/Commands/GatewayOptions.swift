import ArgumentParser
import ClawClient
import ClawJSON
import ClawProtocol

/// Options of every command that uses a running gateway.
struct GatewayOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The gateway's address (default: $SWIFTCLAW_URL, or the configured one).", valueName: "url"))
  var url: String?

  @Flag(help: "Write JSON.")
  var json = false

  @OptionGroup var place: DataDirectoryOptions

  /// Opens a connection while the body runs.
  /// - Parameter user: The user to act for; the owner if nil.
  func withClient<Value>(user: String? = nil, _ body: (GatewayClient) async throws -> Value) async throws -> Value {
    let configuration = try await GatewayAddress.client(place: place, url: url, user: user)
    return try await GatewayClient.withConnection(to: configuration) { try await body($0) }
  }

  /// Makes one call on a connection of its own.
  func call<M: Method>(_ method: M.Type, _ params: M.Params, user: String? = nil) async throws -> M.Result {
    try await withClient(user: user) { try await $0.call(method, params) }
  }

  /// The gateway's HTTP API.
  func web(tenant: String? = nil) async throws -> GatewayWeb {
    let client = try await GatewayAddress.client(place: place, url: url)
    return GatewayWeb(base: GatewayAddress.web(client.url), token: client.token ?? "", tenant: tenant)
  }

  /// Prints an answer as JSON.
  func write(json answer: some Encodable) throws {
    Console.current.line(try JSONValue(encoding: answer).serializedString())
  }
}
