import ClawCore
import ClawJSON
import ClawProtocol
import ClawWebSocket
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// Placed behind the HTTP codec of a connection; inspects every request head.
///
/// An ordinary request is passed to the HTTP part of the pipeline, which is built for the first of them. An accepted
/// WebSocket upgrade replaces the HTTP codec by the WebSocket handler. If an HTTP part exists by then, this handler
/// stays in between and isolates it: the HTTP part sees the end of its input, and its further writes and closes are
/// blocked.
final class UpgradeGateHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  private enum State {
    case waitingForFirst
    case http
    /// An upgrade request was received; its end, or that of an earlier response, is awaited.
    case upgrading(HTTPRequestHead, UpgradeDecision, hasEnded: Bool)
    case webSocket
    /// Rejected or failed; the connection is about to close.
    case ended
  }

  private let httpHandlers: [any RemovableChannelHandler]
  private let configuration: WebSocketUpgradeChannel.Configuration
  private let decide: WebSocketUpgradeChannel.Decide
  private let logger: Logger
  private var start: EventLoopPromise<ConnectionStart>?
  private var later: EventLoopPromise<UpgradedConnection?>?
  private var state = State.waitingForFirst
  private var timer: NIOScheduledCallback?
  /// Handlers of the HTTP part that an upgrade removes.
  private var httpTail: [any RemovableChannelHandler] = []
  /// Requests passed on whose response has not ended.
  private var openRequests = 0
  /// The decoder stops after a request with an upgrade header, so its response must be the connection's last.
  private var closesAfterResponse = false

  init(
    httpHandlers: [any RemovableChannelHandler], configuration: WebSocketUpgradeChannel.Configuration,
    decide: @escaping WebSocketUpgradeChannel.Decide, start: EventLoopPromise<ConnectionStart>, logger: Logger
  ) {
    self.httpHandlers = httpHandlers
    self.configuration = configuration
    self.decide = decide
    self.start = start
    self.logger = logger
  }

  // MARK: - Lifecycle

  func handlerAdded(context: ChannelHandlerContext) {
    watchRequest(context)
  }

  /// Starts the timeout of a request that has begun.
  private func watchRequest(_ context: ChannelHandlerContext) {
    guard timer == nil else { return }
    timer = try? context.eventLoop.assumeIsolated().scheduleCallback(
      in: TimeAmount(configuration.requestTimeout), handler: CloseLater(context: context))
  }

  private func stopTimer() {
    timer?.cancel()
    timer = nil
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    settle()
  }

  func channelInactive(context: ChannelHandlerContext) {
    settle()
    context.fireChannelInactive()
  }

  private func settle() {
    stopTimer()
    start?.succeed(.ended)
    start = nil
    later?.succeed(nil)
    later = nil
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    switch state {
    case .http: context.fireErrorCaught(error)
    case .waitingForFirst where error is HTTPParserError:
      refuse(context, status: .badRequest, headers: [:], body: "The request is not valid HTTP/1.1.")
    // Invalid input behind a rejected request is ignored.
    case .ended where error is HTTPParserError: break
    default: context.close(promise: nil)
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch state {
    case .waitingForFirst, .ended:
      let isQuiescing = event is ChannelShouldQuiesceEvent
      let hasInputEnded = (event as? ChannelEvent) == .inputClosed
      if isQuiescing || hasInputEnded { return context.close(promise: nil) }
    default: break
    }
    context.fireUserInboundEventTriggered(event)
  }

  // MARK: - Requests

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch (state, Self.unwrapInboundIn(data)) {
    case (.waitingForFirst, .head(let head)), (.http, .head(let head)):
      received(head, context)
    case (.http, .body), (.http, .end):
      context.fireChannelRead(data)
    case (.upgrading(let head, _, _), .body):
      let refusal = UpgradeDecision.refuse(status: .badRequest, body: "An upgrade request has no body.")
      state = .upgrading(head, refusal, hasEnded: true)
      upgradeIfReady(context)
    case (.upgrading(let head, let decision, _), .end):
      // An earlier response is awaited, which does not depend on the client.
      stopTimer()
      state = .upgrading(head, decision, hasEnded: true)
      upgradeIfReady(context)
    default:
      break
    }
  }

  private func received(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    if WebSocketServer.isUpgrade(head) {
      let decision = Self.checked(decide(head, context.channel), head)
      switch decision {
      case .notWebSocket: break
      case .refuse:
        // The head is invalid, so the rest of the request need not be awaited.
        stopTimer()
        state = .upgrading(head, decision, hasEnded: true)
        return upgradeIfReady(context)
      case .upgrade:
        watchRequest(context)
        state = .upgrading(head, decision, hasEnded: false)
        return
      }
    }
    stopTimer()
    passOn(head, context)
  }

  /// Rejects an invalid upgrade request (RFC 6455, section 4.2.1), including one with a body.
  private static func checked(_ decision: UpgradeDecision, _ head: HTTPRequestHead) -> UpgradeDecision {
    guard case .upgrade = decision, let problem = WebSocketServer.problem(with: head) else { return decision }
    switch problem {
    case .wrongVersion:
      return .refuse(
        status: .upgradeRequired, headers: [.secWebSocketVersion: "13", .upgrade: "websocket"],
        body: "Only version 13 of the WebSocket protocol is spoken here.")
    case .badRequest(let text):
      return .refuse(status: .badRequest, body: "The upgrade request is not valid: \(text).")
    }
  }

  private func passOn(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    if case .waitingForFirst = state {
      do {
        try buildHTTP(context)
      } catch {
        logger.debug("HTTP pipeline cannot be built", metadata: ["error": "\(error)"])
        return context.close(promise: nil)
      }
    }
    var head = head
    if head.headers.contains(name: "upgrade") || head.method == .CONNECT {
      closesAfterResponse = true
      head.headers.replaceOrAdd(name: "connection", value: "close")
    }
    openRequests += 1
    context.fireChannelRead(Self.wrapInboundOut(.head(head)))
  }

  private func buildHTTP(_ context: ChannelHandlerContext) throws {
    let pipeline = context.pipeline.syncOperations
    let codec = HTTP1ToHTTPServerCodec(secure: false)
    let idle = HTTPConnectionStateHandler(idleTimeout: configuration.idleTimeout, logger: logger)
    try pipeline.addHandler(codec)
    try pipeline.addHandler(idle)
    let channel = try NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>(
      wrappingChannelSynchronously: context.channel, configuration: .init(isOutboundHalfClosureEnabled: true))
    httpTail = [codec, idle]
    state = .http
    let later = context.eventLoop.makePromise(of: UpgradedConnection?.self)
    self.later = later
    start?.succeed(.http(channel, later: later.futureResult))
    start = nil
  }

  // MARK: - Responses of the HTTP part

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if isWall {
      promise?.fail(ChannelError.ioOnClosedChannel)
      return
    }
    switch Self.unwrapOutboundIn(data) {
    case .head(var head) where closesAfterResponse && openRequests == 1:
      head.headers.replaceOrAdd(name: "connection", value: "close")
      context.write(Self.wrapOutboundOut(.head(head)), promise: promise)
    case .end:
      context.write(data, promise: promise)
      openRequests -= 1
      upgradeIfReady(context)
    default:
      context.write(data, promise: promise)
    }
  }

  func flush(context: ChannelHandlerContext) {
    if !isWall { context.flush() }
  }

  func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
    if isWall {
      promise?.succeed()
    } else {
      context.close(mode: mode, promise: promise)
    }
  }

  private var isWall: Bool {
    if case .webSocket = state { true } else { false }
  }

  // MARK: - Upgrade

  private func upgradeIfReady(_ context: ChannelHandlerContext) {
    guard openRequests == 0, case .upgrading(let head, let decision, true) = state else { return }
    switch decision {
    case .refuse(let status, let headers, let body):
      return refuse(context, status: status, headers: headers, body: body)
    case .notWebSocket:
      return
    case .upgrade(let configuration):
      upgrade(context, head, configuration)
    }
  }

  private func upgrade(_ context: ChannelHandlerContext, _ head: HTTPRequestHead, _ settings: WebSocketConfiguration) {
    let channel = context.channel
    WebSocketServer.acceptHeaders(for: head, on: channel).assumeIsolated().flatMap { headers in
      let response = HTTPResponseHead(version: .http1_1, status: .switchingProtocols, headers: headers)
      context.write(Self.wrapOutboundOut(.head(response)), promise: nil)
      context.writeAndFlush(Self.wrapOutboundOut(.end(nil)), promise: nil)
      self.state = .webSocket
      return WebSocketServer.install(on: channel, configuration: settings, before: self)
    }.whenComplete { result in
      switch result {
      case .success(let connection): self.upgraded(context, UpgradedConnection(connection: connection, request: head))
      case .failure(let error):
        self.logger.debug("WebSocket upgrade failed", metadata: ["error": "\(error)"])
        self.state = .ended
        context.close(promise: nil)
      }
    }
  }

  private func upgraded(_ context: ChannelHandlerContext, _ upgraded: UpgradedConnection) {
    let pipeline = context.pipeline.syncOperations
    let start = start
    self.start = nil
    let later = later
    self.later = nil
    if later != nil {
      context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
      for handler in httpTail { pipeline.removeHandler(handler, promise: nil) }
      httpTail = []
    }
    // When it is removed, the decoder passes on the bytes behind the request to the next handler, the WebSocket one.
    for handler in httpHandlers { pipeline.removeHandler(handler, promise: nil) }
    if later == nil { pipeline.removeHandler(self, promise: nil) }
    start?.succeed(.webSocket(upgraded))
    later?.succeed(upgraded)
  }

  private func refuse(
    _ context: ChannelHandlerContext, status: HTTPResponse.Status, headers: HTTPFields, body: String
  ) {
    state = .ended
    var fields = HTTPHeaders()
    for field in headers { fields.add(name: field.name.rawName, value: field.value) }
    fields.replaceOrAdd(name: "connection", value: fields.contains(name: "upgrade") ? "close, upgrade" : "close")
    let code: ErrorCode =
      switch status {
      case .forbidden: .forbidden
      case .serviceUnavailable: .unavailable
      case .upgradeRequired: .failedPrecondition
      default: .invalidRequest
      }
    let error = HTTPErrorBody(.init(code: code, message: body))
    let body = (try? JSON.encode(error)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    fields.replaceOrAdd(name: "content-length", value: String(body.utf8.count))
    fields.replaceOrAdd(name: "content-type", value: "application/json")
    if !fields.contains(name: "x-request-id") {
      fields.add(name: "x-request-id", value: RequestIdentifier.choose(nil, at: TimeSource.system.now))
    }
    let head = HTTPResponseHead(
      version: .http1_1, status: .init(statusCode: status.code, reasonPhrase: status.reasonPhrase), headers: fields)
    context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
    context.write(Self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
    context.writeAndFlush(Self.wrapOutboundOut(.end(nil))).assumeIsolated().whenComplete { _ in
      self.linger(context)
    }
  }

  /// Half-closes the connection and gives the peer a moment to close: a close with unread bytes would make the kernel
  /// reset the connection, and the response could be lost.
  private func linger(_ context: ChannelHandlerContext) {
    context.close(mode: .output, promise: nil)
    timer?.cancel()
    timer = try? context.eventLoop.assumeIsolated().scheduleCallback(
      in: TimeAmount(configuration.lingerTimeout), handler: CloseLater(context: context))
  }
}

/// Closes a connection at a timeout, of its first request or of its end.
private struct CloseLater: NIOScheduledCallbackHandler {
  let context: ChannelHandlerContext

  func handleScheduledCallback(eventLoop: some EventLoop) {
    context.close(promise: nil)
  }
}
