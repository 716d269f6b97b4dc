import ClawCore
import NIOCore

/// Ends a connection at its deadline: one that never authenticates, or whose pairing expires. A timer of its event loop
/// instead of a task, so that it costs next to nothing for many connections.
struct ConnectionDeadline: NIOScheduledCallbackHandler, Sendable {
  private let session: WebSocketSession

  /// Schedules the first check for the connect timeout, and stops with the session.
  static func watch(_ session: WebSocketSession) {
    ConnectionDeadline(session: session).look(in: session.gateway.configuration.timing.connectTimeout)
  }

  private func look(in delay: Duration) {
    // An event loop that has shut down has no open connections.
    let timer = try? session.connection.eventLoop.scheduleCallback(in: TimeAmount(delay), handler: self)
    session.setDeadline(timer)
  }

  func handleScheduledCallback(eventLoop: some EventLoop) {
    if let left = session.enforceDeadline() { look(in: left) } else { session.setDeadline(nil) }
  }
}
