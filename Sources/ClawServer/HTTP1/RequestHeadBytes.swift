import NIOCore

/// Stands in front of the HTTP decoder and keeps the bytes of a request head until the decoder has made a head of
/// them, so that a head which the decoder refuses can still be answered.
final class RequestHeadBytes: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  /// In bytes; the decoder's own bounds are below it.
  private let limit: Int
  /// What came of the head before the present read.
  private var earlier: [UInt8] = []
  private var current: ByteBuffer?
  private var isAwaitingHead = true
  private var endedMessage = false
  /// Called with more bytes of a head that the decoder has refused.
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
    // What was refused is kept already. Where a message ended in this read, nobody knows where the next head begins.
    guard onMore == nil, isAwaitingHead, !endedMessage else { return }
    earlier.append(contentsOf: buffer.readableBytesView.prefix(max(0, limit - earlier.count)))
  }

  /// The decoder has made a head.
  func headCame() {
    isAwaitingHead = false
    earlier = []
  }

  /// The decoder has come to the end of a message.
  func messageEnded() {
    isAwaitingHead = true
    endedMessage = true
  }

  /// What there is of the head that is awaited.
  var bytes: [UInt8] {
    guard let current else { return earlier }
    return earlier + current.readableBytesView.prefix(max(0, limit - earlier.count))
  }

  var isFull: Bool { bytes.count >= limit }

  /// The decoder takes no more. To be called during the read that it refused, or between two reads.
  func keepCollecting(_ onMore: @escaping () -> Void) {
    earlier = bytes
    current = nil
    self.onMore = onMore
  }

  /// What comes from now on is dropped.
  func drop() {
    earlier = []
    onMore = {}
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    onMore = nil
    earlier = []
  }
}
