import NIOCore

/// Placed in front of the HTTP decoder; keeps the bytes of a request head until the decoder has parsed it, so that a
/// head that the decoder rejects can still be answered.
final class RequestHeadBytes: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  /// In bytes; the decoder's own limits are lower.
  private let limit: Int
  /// The part of the head received before the current read.
  private var earlier: [UInt8] = []
  private var current: ByteBuffer?
  private var isAwaitingHead = true
  private var endedMessage = false
  /// Called with more bytes of a rejected head.
  private var onMore: (() -> Void)?

  init(limit: Int) {
    self.limit = limit
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let buffer = Self.unwrapInboundIn(data)
    if let onMore {
      earlier.append(contentsOf: buffer.readableBytesView.prefix(max(0, limit - earlier.count)))
      return onMore()
    }
    current = buffer
    endedMessage = false
    context.fireChannelRead(data)
    current = nil
    // The bytes of a rejected head are kept already. If a message ended in this read, the start of the next head is
    // unknown.
    guard onMore == nil, isAwaitingHead, !endedMessage else { return }
    earlier.append(contentsOf: buffer.readableBytesView.prefix(max(0, limit - earlier.count)))
  }

  /// The decoder has parsed a head.
  func headCame() {
    isAwaitingHead = false
    earlier = []
  }

  /// The decoder has reached the end of a message.
  func messageEnded() {
    isAwaitingHead = true
    endedMessage = true
  }

  /// The bytes of the incomplete head.
  var bytes: [UInt8] {
    guard let current else { return earlier }
    return earlier + current.readableBytesView.prefix(max(0, limit - earlier.count))
  }

  var isFull: Bool { bytes.count >= limit }

  /// Keeps the bytes after the decoder has failed. Call it during the read that failed, or between two reads.
  func keepCollecting(_ onMore: @escaping () -> Void) {
    earlier = bytes
    current = nil
    self.onMore = onMore
  }

  /// Discards further bytes.
  func drop() {
    earlier = []
    onMore = {}
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    onMore = nil
    earlier = []
  }
}
