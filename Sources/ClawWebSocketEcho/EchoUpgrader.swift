import ClawWebSocket
import NIOCore
import NIOHTTP1

/// Answers upgrade requests like the gateway does, for any path.
struct EchoUpgrader: NIOTypedHTTPServerProtocolUpgrader {
  struct Refused: Error {
    var problem: WebSocketUpgradeProblem
  }

  let supportedProtocol = "websocket"
  let requiredUpgradeHeaders: [String] = []

  func buildUpgradeResponse(
    channel: any Channel, upgradeRequest: HTTPRequestHead, initialResponseHeaders: HTTPHeaders
  ) -> EventLoopFuture<HTTPHeaders> {
    if let problem = WebSocketServer.problem(with: upgradeRequest) {
      return channel.eventLoop.makeFailedFuture(Refused(problem: problem))
    }
    return WebSocketServer.acceptHeaders(for: upgradeRequest, on: channel)
  }

  func upgrade(channel: any Channel, upgradeRequest: HTTPRequestHead) -> EventLoopFuture<WebSocketConnection?> {
    WebSocketServer.install(on: channel, configuration: EchoSettings.webSocket).map(Optional.some)
  }
}
