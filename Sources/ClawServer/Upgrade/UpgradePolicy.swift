import ClawCore
import ClawJSON
import ClawWebSocket
import HTTPTypes
import Logging
import NIOHTTP1

/// Decides which requests are upgraded to WebSocket.
struct UpgradePolicy: Sendable {
  let origins: OriginPolicy
  let configuration: ServerConfiguration
  let time: TimeSource
  let logger: Logger

  func decide(_ head: HTTPRequestHead) -> UpgradeDecision {
    guard head.uri.upTo("?") == "/ws" else { return .notWebSocket }
    if QueryCredentials.arePresent(in: head.uri) {
      return refuse(head, .badRequest, QueryCredentials.message)
    }
    let sent = head.headers["origin"]
    guard sent.count <= 1, origins.allows(sent.first) else {
      return refuse(
        head, .forbidden, "this origin may not connect; the operator can list it in gateway.allowed_origins")
    }
    let (limits, timing) = (configuration.limits, configuration.timing)
    return .upgrade(
      WebSocketConfiguration(
        maxMessageBytes: limits.preAuthFrameBytes, pingInterval: timing.pingInterval,
        idleTimeout: timing.idleTimeout, closeTimeout: timing.closeTimeout, maxQueueBytes: limits.maxQueueBytes,
        acceptsBinary: false))
  }

  private func refuse(_ head: HTTPRequestHead, _ status: HTTPResponse.Status, _ message: String) -> UpgradeDecision {
    let id = RequestIdentifier.choose(head.headers.first(name: "x-request-id"), at: time.now)
    logger.debug("upgrade refused", metadata: ["request": "\(id)", "status": "\(status.code)"])
    return .refuse(status: status, headers: [.requestID: id], body: message)
  }
}
