import AsyncHTTPClient
import ClawCore
import NIOCore
import NIOHTTP1

/// Sends a request and reads the response, with a timeout on each wait. Ending early, by cancellation or an error,
/// closes the socket.
struct ModelTransport: Sendable {
  let client: HTTPClient
  let timeouts: ModelTimeouts
  let ticker: Ticker
  let time: TimeSource

  /// Maximum size of an error body.
  static let errorBodyLimit = 64 * 1024
  /// How long to wait for the end of the body after a complete answer, so that the connection can be reused.
  static let drainTime: Duration = .milliseconds(250)

  typealias Observer = @Sendable (ModelEvent) async throws -> Void

  /// Streams an answer to `observe` and returns the complete answer.
  /// - Throws: ``ModelFailure``, ``ObserverFailure`` or `CancellationError`.
  func stream(
    _ request: HTTPClientRequest, decoder: some ReplyDecoding, observe: @escaping Observer
  ) async throws -> ModelReply {
    let watch = StreamDeadlines(ticker: ticker, timeouts: timeouts, drainTime: Self.drainTime)
    // A separate task, so that a timeout cancels this call and nothing after it.
    let call = OwnedTask { try await follow(request, ReplyBody(decoder), watch, observe) }
    watch.start { call.cancel() }
    defer { watch.end() }
    let result = await call.result()
    try Task.checkCancellation()
    // A complete answer is returned, however its body ended.
    if case .failure = result, let wait = watch.expired {
      switch wait {
      case .firstByte, .silence: throw timeout(wait, watch.limit(of: wait))
      case .ending, .drain: throw ModelFailure(.cutStream)
      }
    }
    return try result.get()
  }

  private func follow<Decoder>(
    _ request: HTTPClientRequest, _ start: ReplyBody<Decoder>, _ watch: StreamDeadlines, _ observe: @escaping Observer
  ) async throws -> ModelReply {
    var body = start
    watch.begin(.firstByte)
    let response = try await head(of: request)
    watch.begin(.silence)
    try Self.checkCoding(of: response)
    guard (200..<300).contains(response.status.code) else { throw try await refusal(response) }
    do {
      for try await buffer in response.body where !body.decoder.isDone {
        watch.pause()
        try await show(try body.push(buffer), observe)
        watch.begin(body.decoder.isDone ? .drain : body.decoder.isComplete ? .ending : .silence)
      }
    } catch {
      // An error after a complete answer ends the reading, not the answer.
      let isCancelled = (error as? ObserverFailure)?.underlying is CancellationError || error is CancellationError
      guard body.decoder.isComplete, isCancelled || !(error is ObserverFailure) else {
        throw Self.known(error) ?? ModelFailure(transport: error, answered: true)
      }
      return try body.finish().reply
    }
    watch.end()
    return try await finish(&body, observe)
  }

  /// Rejects a body with an unsupported content coding.
  private static func checkCoding(of response: HTTPClientResponse) throws(ModelFailure) {
    let known = ["identity", "gzip", "deflate"]
    for coding in response.headers[canonicalForm: "content-encoding"] where !known.contains(coding.lowercased()) {
      throw ModelFailure(
        .malformed, detail: "its answer is compressed as \"\(coding.prefix(32))\", which was not asked for")
    }
  }

  private func finish<Decoder>(_ body: inout ReplyBody<Decoder>, _ observe: Observer) async throws -> ModelReply {
    let (rest, reply) = try body.finish()
    try await show(rest, observe)
    return reply
  }

  private func show(_ pieces: [ModelEvent], _ observe: Observer) async throws {
    for piece in pieces {
      do {
        try await observe(piece)
      } catch {
        throw ObserverFailure(underlying: error)
      }
    }
  }

  private func head(of request: HTTPClientRequest) async throws -> HTTPClientResponse {
    do {
      return try await client.execute(request, deadline: .distantFuture)
    } catch {
      if Task.isCancelled { throw CancellationError() }
      throw Self.known(error) ?? ModelFailure(transport: error, answered: false)
    }
  }

  /// Errors that need no classification.
  private static func known(_ error: any Error) -> (any Error)? {
    if Task.isCancelled { return CancellationError() }
    return error is ModelFailure || error is ObserverFailure || error is CancellationError ? error : nil
  }

  private func refusal(_ response: HTTPClientResponse) async throws -> ModelFailure {
    let body = try await bytes(of: response, limit: Self.errorBodyLimit)
    var evidence = ErrorEvidence(status: Int(response.status.code), body: body)
    if (300..<400).contains(response.status.code), let location = response.headers.first(name: "location") {
      evidence.message = "it redirects to \(Self.shown(location)); set the base URL to where the provider is now"
    }
    return ModelFailure(evidence, retryAfter: RetryAfter.stated(in: response.headers, now: time.now))
  }

  /// A URL without parts that may be secret.
  private static func shown(_ location: String) -> String {
    var text = location.utf8.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
    if let at = text.lastIndex(of: UInt8(ascii: "@")) { text = text[text.index(after: at)...] }
    return String(decoding: text.prefix(256), as: UTF8.self)
  }

  /// Up to `limit` bytes of a body; includes those received before an error.
  private func bytes(of response: HTTPClientResponse, limit: Int) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    do {
      for try await buffer in response.body {
        bytes.append(contentsOf: buffer.readableBytesView.prefix(limit - bytes.count))
        if bytes.count >= limit { break }
      }
    } catch {
      if Task.isCancelled { throw CancellationError() }
    }
    return bytes
  }

  private func timeout(_ wait: StreamDeadlines.Wait, _ limit: Duration) -> ModelFailure {
    switch wait {
    case .firstByte: ModelFailure(.timedOut, detail: "no answer within \(limit)")
    case .silence, .ending, .drain: ModelFailure(.timedOut, detail: "nothing came for \(limit)")
    }
  }
}

extension ModelTransport {
  /// Fetches a small response, such as a list of models.
  /// - Throws: ``ModelFailure`` (also at the `timeout`) or `CancellationError`.
  func fetch(_ request: HTTPClientRequest, limit: Int, timeout: Duration) async throws -> [UInt8] {
    try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
      group.addTask {
        let response = try await head(of: request)
        guard (200..<300).contains(response.status.code) else { throw try await refusal(response) }
        return try await bytes(of: response, limit: limit)
      }
      group.addTask {
        try await ticker.sleep(timeout)
        return nil
      }
      defer { group.cancelAll() }
      guard let first = try await group.next(), let bytes = first else {
        throw ModelFailure(.timedOut, detail: "no list within \(timeout)")
      }
      return bytes
    }
  }
}
