import ClawCore
import ClawProtocol
import ClawWebSocket

/// Shows the events of runs to one connection, in its dialect.
final class ConnectionWatcher: RunEventWatcher {
  private let connection: WebSocketConnection
  private let dialect: Dialect

  init(connection: WebSocketConnection, dialect: Dialect) {
    self.connection = connection
    self.dialect = dialect
  }

  func deliver(_ event: ShownEvent) {
    let dialect = dialect
    connection.send(
      text: event.form(dialect == .flat ? 0 : 1) { event in RunEventFrame.bytes(of: event, in: dialect) })
  }

  func deliverPaced(_ events: [RunEvent]) async -> Bool {
    for event in events {
      guard await connection.sendPaced(text: RunEventFrame.bytes(of: event, in: dialect)) else { return false }
    }
    return true
  }
}
