import ClawJSON

/// Finds the gateway and the token for commands that talk to it.
enum GatewayAddress {
  /// The configured gateway's address for sockets.
  static func socket(of values: ConfigurationValues) -> String { "ws" + base(of: values) + "/ws" }

  /// The configured gateway's address for HTTP.
  static func web(of values: ConfigurationValues) -> String { "http" + base(of: values) }

  private static func base(of values: ConfigurationValues) -> String {
    "://\(LoopbackAddress.reachable(values[Settings.host])):\(values[Settings.port])"
  }

  /// Where a gateway answers to HTTP whose sockets are at this address.
  static func web(_ socket: String) -> String {
    let address = socket.droppingPrefix("ws").map { "http" + $0 } ?? socket
    return address.endsWith("/ws") ? String(address.dropLast(3)) : address
  }

  /// Takes a web address for what it means.
  static func webSocket(_ address: String) -> String {
    var address = address
    if address.startsWith("http://"), let rest = address.droppingPrefix("http") { address = "ws" + rest }
    if address.startsWith("https://"), let rest = address.droppingPrefix("https") { address = "wss" + rest }
    if !address.containsBytes(of: "://") { address = "ws://" + address }
    while address.endsWith("/") { address.removeLast() }
    let hasPath = address.split(at: "/").count > 2
    return hasPath ? address : address + "/ws"
  }
}
