import NIOCore
import Synchronization

/// A request body. The handler releases it after reading, so that an image of some megabytes does not stay in memory
/// until the response ends.
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
