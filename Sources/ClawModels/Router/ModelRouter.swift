import AsyncHTTPClient
import ClawCore
import ClawJSON
import Logging
import Synchronization

/// Calls the configured models: selects a candidate, retries, fails over.
public final class ModelRouter: ModelService {
  public let standard: ModelReference

  /// Most models tried per request.
  static let candidateLimit = 16

  let providers: [ProviderConfiguration]
  let clients: UTF8Dictionary<any ModelClient>
  let configuration: ModelsConfiguration
  let ticker: Ticker
  let listings: ListingCache
  let refresh = ListRefresh()
  private let cooldowns: Cooldowns
  private let refusals = RefusedFieldCache()
  private let logger: Logger
  private let random: @Sendable () -> Double

  /// - Parameters:
  ///   - httpClient: Shared, configured with ``ModelHTTP/configuration(_:)`` and shut down by the caller.
  ///   - clock: For delays, timeouts, cooldowns and the age of lists.
  ///   - time: Converts a `Retry-After` date to a delay.
  ///   - random: In 0…1, for the jitter of delays.
  public init(
    configuration: ModelsConfiguration, httpClient: HTTPClient, clock: some Clock<Duration> = SharedClock(),
    time: TimeSource = .system, random: @escaping @Sendable () -> Double = { Double.random(in: 0...1) },
    logger: Logger = Logger(label: "swiftclaw.models")
  ) {
    var byName: UTF8Dictionary<ProviderConfiguration> = [:]
    for provider in configuration.providers { byName[provider.name] = provider }
    var seen: UTF8Set = []
    let unique = configuration.providers.compactMap { seen.insert($0.name).inserted ? byName[$0.name] : nil }
    let ticker = Ticker(clock)
    let transport = ModelTransport(
      client: httpClient, timeouts: configuration.timeouts, ticker: ticker, time: time)
    self.configuration = configuration
    self.ticker = ticker
    self.random = random
    self.logger = logger
    standard = configuration.standard
    providers = unique
    clients = byName.mapValues { Self.client(for: $0, configuration, transport) }
    cooldowns = Cooldowns(ticker: ticker)
    listings = ListingCache()
  }

  private static func client(
    for provider: ProviderConfiguration, _ configuration: ModelsConfiguration, _ transport: ModelTransport
  ) -> any ModelClient {
    switch provider.dialect {
    case .openAI: OpenAIClient(provider: provider, transport: transport)
    case .anthropic:
      AnthropicClient(provider: provider, transport: transport, thinkingBudget: configuration.thinkingBudget)
    case .demo: DemoModel(provider: provider.name, ticker: transport.ticker, wordDelay: configuration.demoWordDelay)
    }
  }

  public func reply(
    to request: ModelRequest, from candidates: [ModelReference], observer: ModelObserver
  ) async throws -> ModelReply {
    var failures: [(candidate: Candidate, failure: ModelFailure)] = []
    let gate = AttemptObserver(observer)
    for candidate in try ordered(candidates.isEmpty ? [standard] : candidates) {
      do {
        return try await ask(candidate, request, gate)
      } catch let failure as ModelFailure {
        failures.append((candidate, failure))
        if gate.isFinal || !failure.kind.isWorthAnotherModel {
          throw failure.clawError(from: candidate.provider, model: candidate.model, request: request)
        }
      }
    }
    // Report the failure of the preferred candidate, unless it was only tried last because of a cooldown.
    guard let main = failures.first(where: { !$0.candidate.isCooling }) ?? failures.first else {
      throw ClawError(.failedPrecondition, "no model is configured; name one for the agent", kind: .provider)
    }
    let others = failures.filter { $0.candidate != main.candidate }.map {
      $0.failure.summary(provider: $0.candidate.provider.name, model: $0.candidate.model)
    }
    throw main.failure.clawError(
      from: main.candidate.provider, model: main.candidate.model, request: request, also: others)
  }

  /// Calls one model, with retries as the policy and the kind of failure allow.
  private func ask(
    _ candidate: Candidate, _ request: ModelRequest, _ gate: AttemptObserver
  ) async throws -> ModelReply {
    let (provider, reference) = (candidate.provider.name, candidate.reference)
    var adjustments = RequestAdjustments(
      omitted: refusals.omitted(provider: provider, model: candidate.model),
      mostOutputTokens: listings.outputTokens(of: reference))
    let known = adjustments.omitted
    var attempt = 1
    while true {
      gate.beginAttempt()
      do {
        var reply = try await candidate.client.reply(
          to: request, model: candidate.model, adjustments: adjustments
        ) { try await gate.pass($0, from: reference) }
        try await gate.finish(from: reference)
        cooldowns.clear(provider: provider, model: candidate.model)
        if adjustments.omitted != known {
          refusals.note(adjustments.omitted, provider: provider, model: candidate.model)
        }
        reply.usage = reply.usage ?? UsageEstimate.usage(of: request, answeredBy: reply)
        return reply
      } catch let failure as ModelFailure {
        let refused = failure.refusedFields.subtracting(adjustments.omitted)
        if !refused.isEmpty, !gate.isFinal {
          // Retried without the rejected fields; does not count as an attempt.
          adjustments.omitted.formUnion(refused)
          log(failure, candidate, attempt, .zero)
          continue
        }
        let isLast = gate.isFinal || !failure.kind.isWorthRetrying || candidate.isCooling
        let pause =
          isLast
          ? nil
          : configuration.retry.pause(
            afterAttempt: attempt, kind: failure.kind, retryAfter: failure.retryAfter, random: random())
        log(failure, candidate, attempt, pause)
        guard let pause else {
          cooldowns.note(failure, provider: provider, model: candidate.model)
          throw failure
        }
        try await ticker.sleep(pause)
        attempt += 1
      } catch let failure as ObserverFailure {
        throw failure.underlying
      }
    }
  }

  /// The configured candidates, those in cooldown last.
  private func ordered(_ references: [ModelReference]) throws -> [Candidate] {
    var seen: Set<ModelReference> = []
    var known: [Candidate] = []
    for reference in references where seen.insert(reference).inserted && known.count < Self.candidateLimit {
      guard let client = clients[reference.provider], let provider = provider(named: reference.provider) else {
        continue
      }
      let model = reference.model.isEmpty ? provider.defaultModel : reference.model
      known.append(
        Candidate(
          provider: provider, model: model, client: client,
          isCooling: cooldowns.isCooling(provider: provider.name, model: model)))
    }
    if known.isEmpty, let first = references.first {
      let names = providers.map(\.name).joined(separator: ", ")
      throw ClawError(
        .failedPrecondition, "provider \(first.provider) is not configured; configured: \(names)", kind: .provider)
    }
    return known.filter { !$0.isCooling } + known.filter(\.isCooling)
  }

  func provider(named name: String) -> ProviderConfiguration? {
    providers.first { $0.name.hasSameBytes(as: name) }
  }

  private func log(_ failure: ModelFailure, _ candidate: Candidate, _ attempt: Int, _ pause: Duration?) {
    logger.info(
      "model call failed",
      metadata: [
        "provider": "\(candidate.provider.name)", "model": "\(candidate.model)", "kind": "\(failure.kind.rawValue)",
        "status": "\(failure.status ?? 0)", "attempt": "\(attempt)",
        "pause": "\(pause.map(String.init(describing:)) ?? "none")",
      ])
  }
}

/// A model that may be called.
private struct Candidate: Equatable {
  let provider: ProviderConfiguration
  let model: String
  var reference: ModelReference { ModelReference(provider: provider.name, model: model) }
  let client: any ModelClient
  /// Whether it is in cooldown; then it is tried last, and once.
  let isCooling: Bool

  static func == (left: Self, right: Self) -> Bool {
    left.provider.name.hasSameBytes(as: right.provider.name) && left.model.hasSameBytes(as: right.model)
  }
}
