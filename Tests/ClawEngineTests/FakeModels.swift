import ClawCore

/// A model call controlled by the test.
final class ModelCall: Sendable {
  enum Move: Sendable {
    case event(ModelEvent)
    case restart(ModelReference)
    case reply(ModelReply)
    case failure(ClawError)
  }

  let request: ModelRequest
  let candidates: [ModelReference]
  private let moves: AsyncStream<(Move, AsyncStream<Void>.Continuation)>
  private let input: AsyncStream<(Move, AsyncStream<Void>.Continuation)>.Continuation

  init(_ request: ModelRequest, _ candidates: [ModelReference]) {
    self.request = request
    self.candidates = candidates
    (moves, input) = AsyncStream.makeStream()
  }

  private func play(_ move: Move) async {
    let (acks, ack) = AsyncStream<Void>.makeStream()
    guard case .enqueued = input.yield((move, ack)) else { return }
    for await _ in acks {}
  }

  /// Posts a move without waiting until it is consumed.
  func post(_ move: Move) {
    let (_, ack) = AsyncStream<Void>.makeStream()
    input.yield((move, ack))
  }

  /// Streams text; returns once the engine has consumed it, or has ended the call.
  func say(_ text: String) async { await play(.event(.text(text))) }
  func think(_ text: String) async { await play(.event(.thinking(text))) }
  /// Restarts the answer, as after a failure.
  func restart() async { await play(.restart(candidates[0])) }

  /// Ends the answer. `text` is the complete text.
  func answer(
    _ text: String, calls: [ToolCall] = [], usage: TokenUsage? = TokenUsage(inputTokens: 10, outputTokens: 5)
  ) async {
    await play(.reply(ModelReply(text: text, calls: calls, usage: usage, model: candidates[0])))
  }

  func fail(_ error: ClawError) async { await play(.failure(error)) }

  fileprivate func run(_ observer: ModelObserver) async throws -> ModelReply {
    defer { input.finish() }
    for await (move, ack) in moves {
      defer { ack.finish() }
      switch move {
      case .event(let event): _ = try await observer.take(event)
      case .restart(let model): try await observer.restart?(model)
      case .reply(let reply): return reply
      case .failure(let error): throw error
      }
    }
    throw CancellationError()
  }
}

/// Models that answer by a rule, or call by call.
final class FakeModels: ModelService, ModelCatalog {
  static let reference = ModelReference(provider: "fake", model: "fake-1")

  /// All calls, in order.
  let calls = Inbox<ModelCall>()
  private let rule: (@Sendable (ModelRequest) throws -> ModelReply)?
  private let window: Int

  /// - Parameter rule: Answers each call at once; nil leaves that to the test.
  init(window: Int = 1_000_000, rule: (@Sendable (ModelRequest) throws -> ModelReply)? = nil) {
    self.rule = rule
    self.window = window
  }

  /// Answers each message with `re: ` and its text.
  static var echo: FakeModels {
    FakeModels { request in
      ModelReply(text: "re: " + (request.exchanges.last?.input.last?.text ?? "nothing"), model: reference)
    }
  }

  func reply(
    to request: ModelRequest, from candidates: [ModelReference], observer: ModelObserver
  ) async throws -> ModelReply {
    let call = ModelCall(request, candidates)
    calls.put(call)
    guard let rule else { return try await call.run(observer) }
    let reply = try rule(request)
    for piece in reply.text.split(separator: " ", omittingEmptySubsequences: false).enumerated() {
      let text = (piece.offset > 0 ? " " : "") + piece.element
      if !text.isEmpty { _ = try await observer.take(.text(text)) }
    }
    return reply
  }

  func resolve(_ name: String) -> ModelReference? {
    name == "unknown" ? nil : ModelReference(provider: "fake", model: name)
  }

  var standard: ModelReference { Self.reference }
  func contextWindow(of model: ModelReference) -> Int { window }
  func list(provider: String?) async throws -> ModelListing { ModelListing() }
}
