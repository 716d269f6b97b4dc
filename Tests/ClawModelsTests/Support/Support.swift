import AsyncHTTPClient
import ClawCore
import ClawJSON
import ClawTesting
import Foundation
import Logging
import NIOPosix
import Synchronization

@testable import ClawModels

/// Records a model's events.
final class Recorder: Sendable {
  private let kept = Mutex<[ModelEvent]>([])
  var events: [ModelEvent] { kept.withLock { $0 } }
  var text: String { events.map { if case .text(let text) = $0 { text } else { "" } }.joined() }
  var thinking: String { events.map { if case .thinking(let text) = $0 { text } else { "" } }.joined() }

  /// The models that restarted, in order.
  var restarts: [ModelReference] { restarted.withLock { $0 } }

  private let opening: (gate: FakeGate, text: String)?

  /// - Parameter opening: A gate that is opened after this much text. The HTTP client may drop received data that it
  ///   has not delivered when the connection ends, so a server that must be heard before it closes has to wait.
  init(opening: (gate: FakeGate, text: String)? = nil) { self.opening = opening }

  private let restarted = Mutex<[ModelReference]>([])
  private let (first, signal) = AsyncStream<Void>.makeStream()

  func restart(with model: ModelReference) {
    kept.withLock { $0 = [] }
    restarted.withLock { $0.append(model) }
  }

  func take(_ event: ModelEvent) {
    kept.withLock { $0.append(event) }
    if let opening, text == opening.text { opening.gate.open() }
    signal.finish()
  }

  /// Returns once the first piece has arrived.
  func began() async {
    for await _ in first {}
  }
}

/// A router with its own HTTP client, and its servers.
struct Bench {
  let router: ModelRouter
  let server: FakeModelServer
  let second: FakeModelServer

  static let main = ModelReference(provider: "main", model: "fake-small")
  static let sibling = ModelReference(provider: "main", model: "fake-large")
  static let other = ModelReference(provider: "other", model: "fake-small")
  static let claude = ModelReference(provider: "claude", model: "claude-sonnet-4-5")

  /// A slow machine must not cause timeouts, unless a test sets them.
  static let patient = ModelTimeouts(connect: .seconds(300), list: .seconds(300))

  /// `main` (OpenAI) and `claude` (Anthropic) on the first server, `other` (OpenAI) on the second.
  static func run<Result>(
    clock: some Clock<Duration> = ContinuousClock(), timeouts: ModelTimeouts = Bench.patient,
    retry: RetryPolicy = RetryPolicy(attempts: 1), time: TimeSource = .system, extra: [ProviderConfiguration] = [],
    trustFile: String = "", _ body: (Bench) async throws -> Result
  ) async throws -> Result {
    let server = try await FakeModelServer.start()
    let second = try await FakeModelServer.start()
    let client = HTTPClient(
      eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
      configuration: ModelHTTP.configuration(timeouts, trustFile: trustFile))
    let providers = [
      ProviderConfiguration(
        name: "main", dialect: .openAI, baseURL: server.url, apiKey: "sk-main-secret-0123456789",
        defaultModel: "fake-small"),
      ProviderConfiguration(
        name: "other", dialect: .openAI, baseURL: second.url + "/", apiKey: "other-key", defaultModel: "fake-small"),
      ProviderConfiguration(
        name: "claude", dialect: .anthropic, baseURL: "http://127.0.0.1:\(server.port)", apiKey: "claude-key",
        defaultModel: "claude-sonnet-4-5"),
    ]
    var quiet = Logger(label: "test")
    quiet.logLevel = .critical
    let router = ModelRouter(
      configuration: ModelsConfiguration(
        providers: providers + extra, standard: main, timeouts: timeouts, retry: retry),
      httpClient: client, clock: clock, time: time, random: { 0.5 }, logger: quiet)
    let outcome: Swift.Result<Result, any Error>
    do {
      outcome = .success(try await body(Bench(router: router, server: server, second: second)))
    } catch {
      outcome = .failure(error)
    }
    try await client.shutdown()
    await server.stop()
    await second.stop()
    return try outcome.get()
  }

  func ask(
    _ request: ModelRequest = .hello, _ candidates: ModelReference..., into recorder: Recorder = Recorder()
  ) async throws -> ModelReply {
    try await router.reply(to: request, from: candidates.isEmpty ? [Self.main] : candidates) { recorder.take($0) }
  }

  /// The same with an observer that can retract: the recorder then restarts.
  func ask(
    restarting recorder: Recorder, _ candidates: ModelReference..., shown: Bool = true
  ) async throws -> ModelReply {
    let observer = ModelObserver(
      take: { event in
        recorder.take(event)
        return shown
      }, restart: { recorder.restart(with: $0) })
    return try await router.reply(
      to: .hello, from: candidates.isEmpty ? [Self.main] : candidates, observer: observer)
  }

  /// The error of the call, or nil.
  func failure(
    _ request: ModelRequest = .hello, _ candidates: ModelReference..., into recorder: Recorder = Recorder()
  ) async throws -> ClawError? {
    do {
      _ = try await router.reply(to: request, from: candidates.isEmpty ? [Self.main] : candidates) { recorder.take($0) }
      return nil
    } catch let error as ClawError {
      return error
    }
  }
}

extension ModelRequest {
  static let hello = ModelRequest(system: "You are kind.", exchanges: [Exchange(input: [UserMessage("hello")])])

  static func saying(_ text: String) -> ModelRequest {
    ModelRequest(system: "You are kind.", exchanges: [Exchange(input: [UserMessage(text)])])
  }
}

extension ToolSpec {
  static let weather = ToolSpec(
    name: "weather", summary: "Tells the weather of a place.",
    parameters: [
      "type": "object", "additionalProperties": false, "$schema": "https://json-schema.org/draft/2020-12/schema",
      "properties": [
        "place": ["type": "string", "examples": ["Oslo"]],
        "default": ["type": "string", "default": "metric", "enum": ["metric", "imperial"]],
      ],
      "required": ["place"],
    ])
}

extension Exchange {
  /// Keeps the question and replaces the answers.
  mutating func answer(with rounds: Round...) { self = Exchange(input: input, rounds: rounds) }

  /// An exchange with one tool call and, optionally, the model's answer.
  static func weather(
    _ question: String = "How is the weather in Oslo?", id: String = "call_1", by model: ModelReference? = nil,
    payload: JSONValue = ["type": "thinking", "thinking": "Look it up.", "signature": "sig"], answer: String? = "Cold."
  ) -> Exchange {
    let parts = model.map { [ProviderPart(origin: $0, payload: payload)] } ?? []
    let call = ToolCall(id: id, name: "weather", arguments: ["place": "Oslo", "default": "metric"])
    let round = Round(
      text: "", providerParts: parts, calls: [CompletedCall(call: call, result: ToolResult(content: "-3 degrees"))])
    return Exchange(input: [UserMessage(question)], rounds: [round] + (answer.map { [Round(text: $0)] } ?? []))
  }
}

extension Exchange {
  /// Two messages arrived while a tool ran, and one after an answer.
  static let steered = Exchange(
    weather(answer: nil).entries + [
      .user(UserMessage("in Rome")), .user(UserMessage("and in Paris")), .round(Round(text: "Warm.")),
      .user(UserMessage("thanks")),
    ])
}

enum Fixtures {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures")

  static func json(_ name: String) throws -> JSONValue {
    try JSONValue(parsing: Array(Data(contentsOf: folder.appendingPathComponent(name))))
  }
}

/// SplitMix64: the same numbers for the same seed.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
