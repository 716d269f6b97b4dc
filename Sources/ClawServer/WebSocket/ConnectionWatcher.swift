import ClawCore
import ClawProtocol
import ClawWebSocket
import Synchronization

/// Sends run events to one connection, in its dialect. Events before ``open()`` are held back: a connection is attached
/// before the response to `connect` is sent, and must get that response first.
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

  /// Sends the held events, and further ones as they arrive.
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
