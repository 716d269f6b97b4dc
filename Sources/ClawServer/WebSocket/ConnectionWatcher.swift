import ClawCore
import ClawProtocol
import ClawWebSocket
import Synchronization

/// Shows the events of runs to one connection, in its dialect. What comes before ``open()`` is kept for then: a
/// connection watches from before it is told that it may, and is told so before it is shown anything.
final class ConnectionWatcher: RunEventWatcher {
  private let connection: WebSocketConnection
  private let dialect: Dialect
  /// Nil once it is open.
  private let held = Mutex<[ShownEvent]?>([])

  init(connection: WebSocketConnection, dialect: Dialect) {
    self.connection = connection
    self.dialect = dialect
  }

  func deliver(_ event: ShownEvent, isLast: Bool) {
    let isHeld = held.withLock { held in
      held?.append(event)
      return held != nil
    }
    if !isHeld { send(event, isLast: isLast) }
  }

  /// Shows what has come, and from now on whatever comes.
  func open() {
    held.withLock { held in
      for event in held ?? [] { send(event, isLast: true) }
      held = nil
    }
  }

  func flush() { connection.flush() }

  private func send(_ event: ShownEvent, isLast: Bool) {
    let dialect = dialect
    let frame = event.form(dialect == .flat ? 0 : 1) { event in RunEventFrame.bytes(of: event, in: dialect) }
    if isLast { connection.send(text: frame) } else { connection.queue(text: frame) }
  }

  func deliverPaced(_ events: [RunEvent]) async -> Bool {
    for event in events {
      guard await connection.sendPaced(text: RunEventFrame.bytes(of: event, in: dialect)) else { return false }
    }
    return true
  }
}
