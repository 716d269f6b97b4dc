import AsyncHTTPClient
import ClawCore
import NIOCore
import NIOHTTP1

/// Sends a request and follows the answer, with a limit on each wait. Leaving early, by cancellation or by an error,
/// closes the socket.
struct ModelTransport: Sendable {
  let client: HTTPClient
  let timeouts: ModelTimeouts
  let ticker: Ticker
  let time: TimeSource

  /// The most that is read of an error's body.
  static let errorBodyLimit = 64 * 1024
  /// How long the end of the body is waited for once the answer is complete, so that the connection can be reused.
  static let drainTime: Duration = .milliseconds(250)

  typealias Observer = @Sendable (ModelEvent) async throws -> Void

  private enum Ending: Sendable {
    case reply(ModelReply)
    case expired(StreamWatch.Wait)
  }

  /// Streams an answer to `observe` and returns the whole.
  /// - Throws: ``ModelFailure``, ``ObserverFailure`` or `CancellationError`.
  func stream(
    _ request: HTTPClientRequest, decoder: some ReplyDecoding, observe: @escaping Observer
  ) async throws -> ModelReply {
    let watch = StreamWatch(ticker: ticker, timeouts: timeouts)
    let (completed, completion) = AsyncStream<ModelReply>.makeStream(bufferingPolicy: .bufferingNewest(1))
    defer { completion.finish() }
    let ending = try await withThrowingTaskGroup(of: Ending.self) { group in
      group.addTask {
        .reply(try await follow(request, ReplyBody(decoder), watch, observe) { completion.yield($0) })
      }
      group.addTask { .expired(try await watch.expiry()) }
      group.addTask {
        for await reply in completed {
          try await ticker.sleep(Self.drainTime)
          return .reply(reply)
        }
        throw CancellationError()
      }
      defer { group.cancelAll() }
      guard let first = try await group.next() else { throw CancellationError() }
      return first
    }
    switch ending {
    case .reply(let reply): return reply
    case .expired(let wait):
      try Task.checkCancellation()
      throw timeout(wait, watch.limit(of: wait))
    }
  }

  private func follow<Decoder>(
    _ request: HTTPClientRequest, _ start: ReplyBody<Decoder>, _ watch: StreamWatch, _ observe: @escaping Observer,
    completed: @Sendable (ModelReply) -> Void
  ) async throws -> ModelReply {
    var body = start
    var reply: ModelReply?
    watch.begin(.firstByte)
    let response = try await head(of: request)
    watch.begin(.silence)
    guard (200..<300).contains(response.status.code) else { throw try await refusal(response) }
    do {
      for try await buffer in response.body where reply == nil {
        watch.pause()
        try await show(try body.push(buffer), observe)
        if body.decoder.isDone {
          let whole = try await finish(&body, observe)
          completed(whole)
          reply = whole
        } else {
          watch.begin(.silence)
        }
      }
    } catch {
      if let reply { return reply }
      throw Self.known(error) ?? ModelFailure(transport: error, answered: true)
    }
    watch.pause()
    if let reply { return reply }
    return try await finish(&body, observe)
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

  /// Errors that already say what they mean.
  private static func known(_ error: any Error) -> (any Error)? {
    if Task.isCancelled { return CancellationError() }
    return error is ModelFailure || error is ObserverFailure || error is CancellationError ? error : nil
  }

  private func refusal(_ response: HTTPClientResponse) async throws -> ModelFailure {
    let body = try await bytes(of: response, limit: Self.errorBodyLimit)
    let asked = response.headers.first(name: "retry-after").flatMap { RetryAfter.parse($0, now: time.now) }
    return ModelFailure(ErrorEvidence(status: Int(response.status.code), body: body), retryAfter: asked)
  }

  /// Up to `limit` bytes of a body; what came before an error counts.
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

  private func timeout(_ wait: StreamWatch.Wait, _ limit: Duration) -> ModelFailure {
    switch wait {
    case .firstByte: ModelFailure(.timedOut, detail: "no answer within \(limit)")
    case .silence: ModelFailure(.timedOut, detail: "nothing came for \(limit)")
    }
  }
}

extension ModelTransport {
  /// A small answer as a whole, such as a list of models.
  /// - Throws: ``ModelFailure`` (also if it takes longer than `timeout`) or `CancellationError`.
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
