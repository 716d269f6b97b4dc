import Testing

@testable import ClawWebSocket

@Suite("Addresses")
struct WebSocketURLTests {
  @Test("The parts of an address are found")
  func parts() throws {
    let plain = try WebSocketURL("ws://localhost:18790/ws?tenant=a")
    #expect(plain.host == "localhost" && plain.port == 18790 && plain.target == "/ws?tenant=a" && !plain.isSecure)
    #expect(plain.authority == "localhost:18790")
    let secure = try WebSocketURL("WSS://example.org")
    #expect(secure.port == 443 && secure.isSecure && secure.target == "/" && secure.authority == "example.org")
    let address = try WebSocketURL("ws://[::1]:9?x=1")
    #expect(address.host == "::1" && address.port == 9 && address.authority == "[::1]:9" && address.target == "/?x=1")
  }

  @Test("The query never shows in messages")
  func noSecrets() throws {
    let url = try WebSocketURL("wss://example.org/ws?token=secret")
    #expect(url.description == "wss://example.org/ws")
    for error in [
      WebSocketHandshake.explain(WebSocketHandshake.Refused(status: 401), url: url),
      WebSocketHandshake.explain(WebSocketHandshake.TimedOut(), url: url),
    ] {
      #expect(!error.message.contains("secret"))
    }
  }

  @Test(
    "What is no WebSocket address is refused",
    arguments: [
      "", "localhost", "http://localhost/ws", "ws://", "ws:///path", "ws://a b/", "ws://host:0/", "ws://host:70000",
      "ws://host:x/", "ws://[::1/", "ws://[::1]x/", "ws://user:pw@host/", "ws://host/#part", "ws://host/ü",
      "ws://host/\r\nX: y",
    ])
  func refused(text: String) {
    let error = #expect(throws: WebSocketClientError.self) { try WebSocketURL(text) }
    #expect(error?.code == .invalidURL)
    #expect(error?.message.contains("pw@") == false)
  }
}
