import NIOCore
import Synchronization

/// The body of a request. Whoever has read it lets go of it, so that an image of some megabytes does not stay in
/// memory for as long as its answer takes.
final class ReceivedBody: Sendable {
  private let buffer: Mutex<ByteBuffer>
  private let share: BodyShare?

  init(_ buffer: ByteBuffer, _ share: BodyShare? = nil) {
    self.buffer = Mutex(buffer)
    self.share = share
  }

  /// Empty after ``release()``.
  var bytes: ByteBuffer { buffer.withLock { $0 } }

  func release() {
    buffer.withLock { $0 = ByteBuffer() }
    share?.giveBack()
  }
}
