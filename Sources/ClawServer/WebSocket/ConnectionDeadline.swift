import ClawCore
import NIOCore

/// Watches when a connection is over that nothing else ends: one that never says who it is, or whose pairing runs out.
/// A timer of its event loop, not a task, so that it costs next to nothing however many connections there are.
struct ConnectionDeadline: NIOScheduledCallbackHandler, Sendable {
  private let session: WebSocketSession

  /// Looks for the first time when a stranger's time is up, and ends with the session.
  static func watch(_ session: WebSocketSession) {
    ConnectionDeadline(session: session).look(in: session.gateway.configuration.timing.connectTimeout)
  }

  private func look(in delay: Duration) {
    // An event loop that has shut down has no connections left to watch.
    let timer = try? session.connection.eventLoop.scheduleCallback(in: TimeAmount(delay), handler: self)
    session.setDeadline(timer)
  }

  func handleScheduledCallback(eventLoop: some EventLoop) {
    if let left = session.enforceDeadline() { look(in: left) } else { session.setDeadline(nil) }
  }
}
