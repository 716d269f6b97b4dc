import DequeModule
import NIOCore
import NIOHTTP1

/// Enforces parts of RFC 9112 that neither NIO's codec nor Hummingbird handles: when a connection ends, HTTP/1.0
/// semantics, which heads are rejected and how, and methods unknown to the parser.
///
/// It is placed directly behind the codec. A head that no route can answer is passed on with a ``RequestFault``, and is
/// the connection's last.
final class HTTP1RulesHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  /// A request whose response has not ended.
  private struct Exchange {
    let isHTTP10: Bool
    let isHead: Bool
    /// The connection ends with this response, as its head says.
    let isLast: Bool
    /// The connection ends with this response, because it can't be framed otherwise.
    var endsUnframed = false
  }

  private let bytes: RequestHeadBytes
  /// Bounded, because reading pauses while responses are written.
  private var exchanges: Deque<Exchange> = []
  private var isInMessage = false
  /// No further request is accepted.
  private var isClosing = false
  private var hasInputEnded = false
  private var inputEnd: EventLoopPromise<Void>?

  init(bytes: RequestHeadBytes) {
    self.bytes = bytes
  }

  // MARK: - Requests

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch Self.unwrapInboundIn(data) {
    case .head(let head):
      bytes.headCame()
      guard !isClosing else { return }
      isInMessage = true
      take(head, context)
    case .body:
      if isInMessage { context.fireChannelRead(data) }
    case .end:
      bytes.messageEnded()
      guard isInMessage else { return }
      isInMessage = false
      context.fireChannelRead(data)
    }
  }

  private func take(_ head: HTTPRequestHead, _ context: ChannelHandlerContext, fault: RequestFault? = nil) {
    var head = head
    head.headers.remove(name: RequestFault.field)
    let fault = fault ?? RequestFault.found(in: head)
    if let fault { head.headers.add(name: RequestFault.field, value: fault.rawValue) }
    let isHTTP10 = Self.isHTTP10(head)
    if isHTTP10 { head.headers.remove(name: "expect") }
    let isLast = fault != nil || Self.asksToClose(head)
    if isLast {
      isClosing = true
      // Hummingbird recognizes the value only in this form.
      head.headers.replaceOrAdd(name: "connection", value: "close")
    }
    exchanges.append(Exchange(isHTTP10: isHTTP10, isHead: head.method == .HEAD, isLast: isLast))
    context.fireChannelRead(Self.wrapInboundOut(.head(head)))
  }

  private static func isHTTP10(_ head: HTTPRequestHead) -> Bool { head.version.major == 1 && head.version.minor == 0 }

  /// RFC 9112, section 9.3.
  private static func asksToClose(_ head: HTTPRequestHead) -> Bool {
    let options = head.headers[canonicalForm: "connection"].map { $0.lowercased() }
    if options.contains("close") { return true }
    return isHTTP10(head) && !options.contains("keep-alive")
  }

  // MARK: - Heads rejected by the decoder

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let error = error as? HTTPParserError else { return context.fireErrorCaught(error) }
    if isInMessage {
      // The decoder would repeat its error with each further read.
      isClosing = true
      bytes.drop()
      return context.fireErrorCaught(error)
    }
    // Input behind the last request is ignored.
    guard !isClosing else { return }
    isClosing = true
    if let line = unknownMethod(error) {
      bytes.keepCollecting { self.answerUnknownMethod(line, context) }
      answerUnknownMethod(line, context)
    } else if error == .invalidMethod, isLineOpen {
      bytes.keepCollecting { self.answerRefused(error, context) }
      answerRefused(error, context)
    } else {
      refuse(context, error)
    }
  }

  /// Whether a request line may be incomplete: the bytes so far could be its beginning.
  private var isLineOpen: Bool {
    let bytes = bytes.bytes
    return !hasInputEnded && bytes.count < Self.maxOpenLine
      && bytes.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0x0D }
  }

  /// Maximum length of an incomplete line with an unknown method, in bytes.
  private static let maxOpenLine = 8 * 1024

  private func answerRefused(_ error: HTTPParserError, _ context: ChannelHandlerContext) {
    if let line = unknownMethod(error) {
      bytes.keepCollecting { self.answerUnknownMethod(line, context) }
      answerUnknownMethod(line, context)
    } else if !isLineOpen {
      refuse(context, error)
    }
  }

  /// The line of a request that is valid except for a method unknown to the parser. For `CONNECT` the parser only
  /// accepts authority-form targets.
  private func unknownMethod(_ error: HTTPParserError) -> RequestLine? {
    switch error {
    case .invalidMethod: RequestLine.all(in: bytes.bytes[...]).first { !$0.isMethodKnown }
    case .invalidURL: RequestLine.all(in: bytes.bytes[...]).last { $0.method == "CONNECT" }
    default: nil
    }
  }

  private func answerUnknownMethod(_ line: RequestLine, _ context: ChannelHandlerContext) {
    do throws(RequestLine.Malformed) {
      if var headers = try line.headers(in: bytes.bytes[...]) {
        headers.replaceOrAdd(name: "connection", value: "close")
        // Its body, if any, is not read.
        for name in ["content-length", "transfer-encoding", "expect"] { headers.remove(name: name) }
        finish(context, line, headers, fault: nil)
      } else if bytes.isFull {
        finish(context, line, [:], fault: .headersTooLarge)
      } else if hasInputEnded {
        finish(context, line, [:], fault: .malformed)
      }
    } catch {
      finish(context, line, [:], fault: .malformed)
    }
  }

  private func refuse(_ context: ChannelHandlerContext, _ error: HTTPParserError) {
    let bytes = bytes.bytes
    let line = RequestLine.all(in: bytes[...]).last
    let fault = RequestFault(error, hasRequestLine: line != nil || bytes.contains(UInt8(ascii: "\n")))
    finish(context, line, [:], fault: fault)
  }

  /// Passes on a request constructed from the known parts of the rejected one.
  private func finish(
    _ context: ChannelHandlerContext, _ line: RequestLine?, _ headers: HTTPHeaders, fault: RequestFault?
  ) {
    bytes.drop()
    let head = HTTPRequestHead(
      version: line?.version ?? .http1_1, method: line.map { HTTPMethod(rawValue: $0.method) } ?? .GET,
      uri: line?.target ?? "/", headers: headers)
    take(head, context, fault: fault)
    context.fireChannelRead(Self.wrapInboundOut(.end(nil)))
    context.fireChannelReadComplete()
  }

  // MARK: - Responses

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch Self.unwrapOutboundIn(data) {
    case .head(let head) where head.status.code >= 200:
      context.write(Self.wrapOutboundOut(.head(framed(head))), promise: promise)
    case .end:
      end(context, data, promise)
    default:
      context.write(data, promise: promise)
    }
  }

  private func framed(_ head: HTTPResponseHead) -> HTTPResponseHead {
    guard let exchange = exchanges.first else { return head }
    var head = head
    if exchange.isHTTP10 { head.version = .http1_0 }
    let closes = exchange.isLast || head.headers[canonicalForm: "connection"].contains { $0.lowercased() == "close" }
    if closes {
      head.headers.replaceOrAdd(name: "connection", value: "close")
    } else if exchange.isHTTP10 {
      // Without a length the body ends with the connection: HTTP/1.0 has no chunked encoding.
      let hasEnd = exchange.isHead || !head.status.mayHaveResponseBody || head.headers.contains(name: "content-length")
      head.headers.replaceOrAdd(name: "connection", value: hasEnd ? "keep-alive" : "close")
      exchanges[0].endsUnframed = !hasEnd
    }
    return head
  }

  private func end(_ context: ChannelHandlerContext, _ data: NIOAny, _ promise: EventLoopPromise<Void>?) {
    guard let exchange = exchanges.popFirst() else { return context.write(data, promise: promise) }
    // The encoder would write a final chunk even for a response to HEAD, which has no body.
    let end = exchange.isHead ? Self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer()))) : data
    guard exchange.endsUnframed else { return context.write(end, promise: promise) }
    isClosing = true
    let written = promise ?? context.eventLoop.makePromise()
    written.futureResult.assumeIsolated().whenComplete { _ in context.close(mode: .output, promise: nil) }
    context.writeAndFlush(end, promise: written)
  }

  // MARK: - End of input

  /// Succeeds when the client has half-closed the connection, or is disconnected. On the event loop.
  func whenInputEnds(on loop: any EventLoop) -> EventLoopFuture<Void> {
    if hasInputEnded { return loop.makeSucceededVoidFuture() }
    let promise = inputEnd ?? loop.makePromise()
    inputEnd = promise
    return promise.futureResult
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if (event as? ChannelEvent) == .inputClosed { noteInputEnd() }
    context.fireUserInboundEventTriggered(event)
  }

  func channelInactive(context: ChannelHandlerContext) {
    noteInputEnd()
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    noteInputEnd()
  }

  private func noteInputEnd() {
    hasInputEnded = true
    inputEnd?.succeed()
    inputEnd = nil
  }
}
