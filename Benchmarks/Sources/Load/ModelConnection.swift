import NIOCore
import NIOHTTP1

/// One connection of the gateway to the model, on its event loop.
final class ModelConnection: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let server: ModelServer
  private var bodyBytes = 0
  private var path = ""
  private var isOpen = true

  init(server: ModelServer) {
    self.server = server
  }

  func channelInactive(context: ChannelHandlerContext) {
    isOpen = false
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): (bodyBytes, path) = (0, head.uri)
    case .body(let buffer): bodyBytes += buffer.readableBytes
    case .end: answer(number: server.note(bytes: bodyBytes), context)
    }
  }

  private func answer(number: Int, _ context: ChannelHandlerContext) {
    if let document = ModelServer.documents.first(where: { path.hasSuffix($0.path) }) {
      let head = HTTPResponseHead(
        version: .http1_1, status: .ok,
        headers: ["content-type": "application/json", "content-length": "\(document.body.readableBytes)"])
      context.write(wrapOutboundOut(.head(head)), promise: nil)
      context.write(wrapOutboundOut(.body(.byteBuffer(document.body))), promise: nil)
      context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
      return
    }
    let head = HTTPResponseHead(
      version: .http1_1, status: .ok, headers: ["content-type": "text/event-stream", "cache-control": "no-cache"])
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    switch server.current {
    case .atOnce:
      context.write(wrapOutboundOut(.body(.byteBuffer(ModelServer.wholeStream))), promise: nil)
      context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    case .paced(let pieces, let every):
      context.flush()
      // Streams that start together must not write at the same times.
      let shift = every.nanoseconds * Int64(number * 37 % 100) / 100
      schedule(pieces, every, in: .nanoseconds(shift), context)
    }
  }

  private func schedule(_ left: Int, _ every: TimeAmount, in delay: TimeAmount, _ context: ChannelHandlerContext) {
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    let due = context.eventLoop.now + delay
    context.eventLoop.scheduleTask(deadline: due) {
      let (handler, context) = bound.value
      guard handler.isOpen else { return }
      guard left > 0 else { return handler.end(context) }
      handler.write(ModelServer.event(content: "@\(Moment.now) "), context)
      handler.schedule(left - 1, every, in: every, context)
    }
  }

  private func end(_ context: ChannelHandlerContext) {
    write(ModelServer.ending, context)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
  }

  private func write(_ text: String, _ context: ChannelHandlerContext) {
    context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
  }
}
