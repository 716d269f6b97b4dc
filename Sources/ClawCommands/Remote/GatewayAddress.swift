import ClawJSON

/// Determines the gateway's address and token for client commands.
enum GatewayAddress {
  /// The WebSocket URL of the configured gateway.
  static func socket(of values: ConfigurationValues) -> String { "ws" + base(of: values) + "/ws" }

  /// The HTTP URL of the configured gateway.
  static func web(of values: ConfigurationValues) -> String { "http" + base(of: values) }

  private static func base(of values: ConfigurationValues) -> String {
    "://\(LoopbackAddress.reachable(values[Settings.host])):\(values[Settings.port])"
  }

  /// The HTTP URL for a WebSocket URL of a gateway.
  static func web(_ socket: String) -> String {
    let address = socket.droppingPrefix("ws").map { "http" + $0 } ?? socket
    return address.endsWith("/ws") ? String(address.dropLast(3)) : address
  }

  /// Converts an `http` URL to a WebSocket URL.
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
