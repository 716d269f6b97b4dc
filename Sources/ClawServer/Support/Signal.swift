/// An event that occurs once, for one waiting task. Cancellation ends the wait too.
struct Signal: Sendable {
  private let stream: AsyncStream<Never>
  private let continuation: AsyncStream<Never>.Continuation

  init() {
    (stream, continuation) = AsyncStream.makeStream(of: Never.self)
  }

  func send() { continuation.finish() }

  /// Call it from one task only.
  func wait() async {
    for await _ in stream {}
  }
}
