import ClawWebSocket

/// Settings of both sides of the echo program: binary messages, and messages of up to 16 MiB.
enum EchoSettings {
  static let webSocket = WebSocketConfiguration(
    maxMessageBytes: 16 * 1024 * 1024,
    // Room for several of the largest messages; a peer that reads none of its echoes is closed with 1013.
    maxQueueBytes: 64 * 1024 * 1024,
    acceptsBinary: true)
}

extension WebSocketConnection {
  /// Echoes every message until the peer closes.
  func echo() async {
    while let message = await nextMessage() { send(message) }
    _ = await closed()
  }
}
