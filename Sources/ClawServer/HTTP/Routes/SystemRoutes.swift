import ClawCore
import ClawProtocol
import HTTPTypes
import HummingbirdCore

/// Routes that are always available.
struct SystemRoutes: Sendable {
  let services: ServerServices
  let version: String
  let sockets: SocketTable

  var all: [HTTPRoute] {
    [
      HTTPRoute(.get, "/", access: .open) { _ in .text(welcome) },
      HTTPRoute(.get, "/health", access: .open) { _ in .json(Health.Result()) },
      HTTPRoute(.get, "/ready", access: .open) { _ in await ready() },
      HTTPRoute(.get, "/ws", access: .open) { _ in
        throw HTTPFailure(
          ClawError(.invalidRequest, "this path speaks WebSocket; ask for an upgrade"), status: .upgradeRequired,
          headers: [.upgrade: "websocket"])
      },
    ]
  }

  private var welcome: String {
    """
    SwiftClaw \(version) is running.
    Talk to it:      swiftclaw chat
    See how it does: swiftclaw doctor

    """
  }

  private func ready() async -> Response {
    var (state, checks) = await services.status.readiness()
    checks["connections"] = sockets.shortage ?? "ok"
    if state == .ready, sockets.shortage != nil { state = .degraded }
    return .json(
      ReadyBody(status: state.rawValue, checks: checks), status: state == .ready ? .ok : .serviceUnavailable)
  }
}
