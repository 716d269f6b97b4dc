import ClawCore
import ClawJSON
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore

/// Thrown to make Hummingbird close a connection whose last response is written.
struct HTTPConnectionEnd: Error {}

/// Answers HTTP requests: processing common to all routes, in the order of ``answer(_:_:)``.
struct HTTPResponder: Sendable {
  let gateway: GatewayContext
  let router: HTTPRouter
  let crossOrigin: CrossOrigin
  let activity: ActivityCounter
  let logger: Logger

  func respond(_ request: Request, _ writer: consuming ResponseWriter, _ channel: any Channel) async throws {
    activity.begin()
    defer { activity.end() }
    if !gateway.configuration.trustedProxies.isEmpty {
      gateway.sockets.place(channel, at: address(of: request, on: channel))
    }
    var exchange = Exchange(request, channel: channel, at: gateway.time.now, logger: logger)
    defer {
      if let open = exchange.open { gateway.openAnswers.end(open) }
      exchange.received?.release()
    }
    var response = await answer(&exchange, writer)
    for header in crossOrigin.headers(for: request.headers[.origin]) { response.headers[header.name] = header.value }
    response.headers[.requestID] = exchange.id
    response.headers[.xContentTypeOptions] = "nosniff"
    let leavesBody = BodyReader.hasBody(request.headers) && exchange.body != .complete
    if leavesBody { response.headers[.connection] = "close" }
    exchange.logger.debug("request", metadata: ["status": "\(response.status.code)"])
    if request.method == .head {
      try await writer.writeResponse(response.head)
    } else {
      try await writer.write(response: response.head, body: response.body)
    }
    guard leavesBody else { return }
    if exchange.body == .untouched {
      // A client waiting for the end of the connection, or for permission to send the body, need not wait any longer.
      try? await channel.close(mode: .output)
      await BodyReader.discard(request.body)
    }
    throw HTTPConnectionEnd()
  }

  /// The state of one request.
  private struct Exchange {
    let request: Request
    let channel: any Channel
    let id: String
    let path: String
    var logger: Logger
    var body = BodyStream.State.untouched
    /// The body of a route that streams it.
    var stream: BodyStream?
    /// Its entry in the open responses, once the caller is known.
    var open: OpenResponses.ID?
    var received: ReceivedBody?

    init(_ request: Request, channel: any Channel, at time: Timestamp, logger: Logger) {
      self.request = request
      self.channel = channel
      id = RequestIdentifier.choose(request.headers[.requestID], at: time)
      // Without the query, which may contain anything.
      let target = request.head.path ?? "/"
      path = String(target.upTo("?"))
      self.logger = logger
      self.logger[metadataKey: "request"] = "\(id)"
      self.logger[metadataKey: "method"] = "\(request.method)"
      self.logger[metadataKey: "path"] = "\(path.prefix(200))"
    }

    /// Records how far the route has read the body.
    mutating func noteStream() {
      if let stream { body = stream.state }
    }
  }

  private func bodies(of route: HTTPRoute) -> BodyReader {
    let limits = gateway.configuration.limits
    let limit =
      switch route.body {
      case .none, .standard: limits.maxBodyBytes
      case .large: max(limits.maxLargeBodyBytes, limits.maxBodyBytes)
      case .stream(let limit): limit
      }
    return BodyReader(limit: limit, timeout: gateway.configuration.timing.bodyTimeout)
  }

  private func answer(_ exchange: inout Exchange, _ writer: borrowing ResponseWriter) async -> Response {
    let request = exchange.request
    if let fault = RequestFault(in: request.headers) {
      return failed(fault.failure, router.errors(at: exchange.path), exchange.logger)
    }
    if let preflight = crossOrigin.preflight(request.head, methods: router.methods(at: exchange.path)) {
      return preflight
    }
    var style = ErrorStyle.plain
    do {
      try PercentEncoding.check(exchange.path)
      switch router.match(request.method, exchange.path) {
      case .none:
        try refuseQueryCredentials(request)
        throw ClawError(.notFound, "no such path")
      case .otherMethod(let allowed, let errors):
        style = errors
        try refuseQueryCredentials(request)
        throw HTTPFailure(
          ClawError(.invalidRequest, "this path doesn't take \(request.method)"), status: .methodNotAllowed,
          headers: [.allow: allowed.map(\.rawValue).joined(separator: ", ")])
      case .route(let route, let parameters):
        style = route.errors
        try refuseQueryCredentials(request)
        return try await run(route, parameters, &exchange, writer)
      }
    } catch {
      return failed(error, style, exchange.logger)
    }
  }

  private func refuseQueryCredentials(_ request: Request) throws(ClawError) {
    if QueryCredentials.arePresent(in: request.head.path ?? "/") {
      throw ClawError(.invalidRequest, QueryCredentials.message)
    }
  }

  private func run(
    _ route: HTTPRoute, _ parameters: UTF8Dictionary<String>, _ exchange: inout Exchange,
    _ writer: borrowing ResponseWriter
  ) async throws -> Response {
    let request = exchange.request
    try request.headers.checkNames()
    let query = try PercentEncoding.query(of: request.head.path ?? "/")
    var principal: Principal?
    if route.access != .open {
      let caller = try await HTTPAuthentication(authenticator: gateway.authenticator, throttle: gateway.throttle)
        .principal(of: request.headers, from: address(of: request, on: exchange.channel))
      guard gateway.sockets.admit(exchange.channel) else { throw gateway.noRoom }
      if let message = AccessPolicy.refusal(of: route, for: caller) { throw ClawError(.forbidden, message) }
      principal = caller
      // Methods that change something may revoke the caller's own credential, and are answered nevertheless.
      if [.get, .head, .post].contains(request.method) {
        exchange.open = gateway.openAnswers.begin(for: caller, on: exchange.channel)
      }
    }
    let received = try await receive(route, &exchange, writer)
    exchange.received = received
    defer { exchange.noteStream() }
    return try await route.handle(
      RouteRequest(
        id: exchange.id, parameters: parameters, query: query,
        headers: request.headers, received: received, principal: principal, channel: exchange.channel,
        open: exchange.open,
        logger: exchange.logger, bodyStream: exchange.stream))
  }

  private func receive(
    _ route: HTTPRoute, _ exchange: inout Exchange, _ writer: borrowing ResponseWriter
  ) async throws -> ReceivedBody {
    guard route.takesBody else { return ReceivedBody(ByteBuffer()) }
    let request = exchange.request
    let reader = bodies(of: route)
    if reader.isTooLarge(request.headers) { throw reader.tooLarge }
    // The body is requested only from authorized callers. A disconnected client is detected when reading.
    if request.headers[.expect]?.lowercased() == "100-continue" {
      try? await writer.writeInformationalHead(HTTPResponse(status: .continue))
    }
    if case .stream = route.body {
      exchange.stream = BodyStream(request.body, timeout: reader.timeout)
      return ReceivedBody(ByteBuffer())
    }
    exchange.body = .begun
    let share = BodyShare(of: gateway.bodyRoom)
    let body = try await reader.read(request.body, share)
    exchange.body = .complete
    return ReceivedBody(body, share)
  }

  private func address(of request: Request, on channel: any Channel) -> String {
    gateway.configuration.trustedProxies.client(
      of: NetworkAddress(channel.remoteAddress), forwarded: request.headers[values: .forwardedFor])
  }

  private func failed(_ error: any Error, _ style: ErrorStyle, _ logger: Logger) -> Response {
    let failure = HTTPFailure(wrapping: error)
    if failure.error.code == .internalError {
      logger.error("request failed", metadata: ["error": "\(failure.error)"])
    }
    return failure.response(style)
  }
}
