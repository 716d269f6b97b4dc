import ClawJSON
import NIOCore
import NIOHTTP1

/// A client's connection. Runs on its event loop.
final class FakeConnection: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let board: FakeBoard<FakeModelServer.State>
  private var head: HTTPRequestHead?
  private var body: [UInt8] = []
  /// The request being answered.
  private var current: Int?

  init(board: FakeBoard<FakeModelServer.State>) {
    self.board = board
  }

  func channelActive(context: ChannelHandlerContext) {
    board.update {
      $0.openConnections += 1
      $0.connections += 1
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    let abandoned = current
    current = nil
    board.update {
      $0.openConnections -= 1
      if let abandoned { $0.abandoned.insert(abandoned) }
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      self.head = head
      body = []
    case .body(let buffer):
      body.append(contentsOf: buffer.readableBytesView)
    case .end:
      guard let head else { return }
      self.head = nil
      answer(head, context)
    }
  }

  private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    let (method, bytes) = (head.method.rawValue, body)
    let path = String(head.uri.prefix { $0 != "?" })
    var headers: [String: String] = [:]
    for (name, value) in head.headers { headers[name.lowercased()] = value }
    let sent = headers
    let (request, reply) = board.update {
      $0.answer(method: method, path: path, headers: sent, bytes: bytes)
    }
    current = request.id
    let loop = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    guard let gate = reply.headGate else { return send(reply, to: request, context) }
    gate.pass { loop.eventLoop.execute { loop.value.0.send(reply, to: request, loop.value.1) } }
  }

  private func send(_ reply: FakeReply, to request: FakeRequest, _ context: ChannelHandlerContext) {
    guard current == request.id else { return }
    var headers = HTTPHeaders()
    for (name, value) in reply.headers { headers.replaceOrAdd(name: name, value: value) }
    let isWhole =
      reply.status != 200 || reply.isPlain || !reply.errorBody.isEmpty || !reply.bytes.isEmpty
      || request.path.hasSuffix("/models")
    headers.add(name: "content-type", value: isWhole ? "application/json" : "text/event-stream")
    let status = HTTPResponseStatus(statusCode: reply.status)
    context.writeAndFlush(
      wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))), promise: nil)
    run(Self.steps(reply, request, isWhole: isWhole)[...], of: request, context)
  }

  private static func steps(_ reply: FakeReply, _ request: FakeRequest, isWhole: Bool) -> [FakeStep] {
    let openAI = FakeOpenAIRendering(model: request.model)
    let anthropic = FakeAnthropicRendering(model: request.model, usage: reply.usage)
    let isAnthropic = request.dialect == .anthropic
    guard isWhole else { return isAnthropic ? reply.steps(anthropic) : reply.steps(openAI) }
    if reply.isPlain {
      let body = isAnthropic ? anthropic.whole(reply) : openAI.whole(reply)
      return [.write(body.serialized())]
    }
    return [.write(reply.bytes.isEmpty ? Array(reply.errorBody.utf8) : reply.bytes)]
  }

  /// Executes steps until the end or until it has to wait.
  private func run(_ steps: ArraySlice<FakeStep>, of request: FakeRequest, _ context: ChannelHandlerContext) {
    var rest = steps
    while let step = rest.popFirst() {
      guard current == request.id else { return }
      switch step {
      case .write(let bytes):
        context.writeAndFlush(
          wrapOutboundOut(.body(.byteBuffer(context.channel.allocator.buffer(bytes: bytes)))), promise: nil)
      case .close:
        current = nil
        return context.close(promise: nil)
      case .wait(let gate):
        let loop = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let left = rest
        return gate.pass { loop.eventLoop.execute { loop.value.0.run(left, of: request, loop.value.1) } }
      case .pause(let duration):
        let left = rest
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: TimeAmount(duration)) { bound.value.0.run(left, of: request, bound.value.1) }
        return
      }
    }
    guard current == request.id else { return }
    current = nil
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
  }
}
