import AsyncHTTPClient
import ClawCore
import ClawJSON
import Logging
import Synchronization

/// Dependencies shared by all routers of a gateway.
struct RouterParts: Sendable {
  let configuration: ModelsConfiguration
  let ticker: Ticker
  let random: @Sendable () -> Double
  let logger: Logger
}

/// Calls the models of a fixed set of providers: selects a candidate, retries, fails over. Each router has its own
/// record of failures, so each tenant has a router.
public final class ModelRouter: ModelService {
  /// Most models tried per request.
  static let candidateLimit = 16

  let providers: [RoutedProvider]
  let refresh = ListRefresh()
  private let byName: UTF8Dictionary<RoutedProvider>
  private let parts: RouterParts
  private let cooldowns: Cooldowns
  private let refusals = RefusedFieldCache()

  init(_ providers: [RoutedProvider], _ parts: RouterParts) {
    self.providers = providers
    self.parts = parts
    byName = UTF8Dictionary(providers.map { ($0.name, $0) })
    cooldowns = Cooldowns(ticker: parts.ticker)
  }

  /// All providers of a configuration, for programs without tenants; see ``ModelRouterFactory``.
  public convenience init(
    configuration: ModelsConfiguration, httpClient: HTTPClient, clock: some Clock<Duration> = SharedClock(),
    time: TimeSource = .system, random: @escaping @Sendable () -> Double = { Double.random(in: 0...1) },
    logger: Logger = Logger(label: "swiftclaw.models")
  ) {
    let factory = ModelRouterFactory(
      configuration: configuration, httpClient: httpClient, clock: clock, time: time, random: random, logger: logger)
    self.init(factory.configured, factory.parts)
  }

  public var standard: ModelReference { parts.configuration.standard }
  var configuration: ModelsConfiguration { parts.configuration }
  var ticker: Ticker { parts.ticker }
  private var logger: Logger { parts.logger }

  public func reply(
    to request: ModelRequest, from candidates: [ModelReference], observer: ModelObserver
  ) async throws -> ModelReply {
    var failures: [(candidate: Candidate, failure: ModelFailure)] = []
    let gate = AttemptObserver(observer)
    let request = try await request.withMediaInline()
    for candidate in try ordered(candidates.isEmpty ? [standard] : candidates) {
      do {
        return try await ask(candidate, request, gate)
      } catch let failure as ModelFailure {
        failures.append((candidate, failure))
        if gate.isFinal || !failure.kind.isWorthAnotherModel {
          throw failure.clawError(
            from: candidate.provider.configuration, model: candidate.model, request: request)
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
      from: main.candidate.provider.configuration, model: main.candidate.model, request: request, also: others)
  }

  /// Calls one model, with retries as the policy and the kind of failure allow.
  private func ask(
    _ candidate: Candidate, _ request: ModelRequest, _ gate: AttemptObserver
  ) async throws -> ModelReply {
    let (provider, reference) = (candidate.provider.name, candidate.reference)
    var adjustments = RequestAdjustments(
      omitted: refusals.omitted(provider: provider, model: candidate.model),
      mostOutputTokens: candidate.provider.listing.model(candidate.model)?.outputTokens)
    let known = adjustments.omitted
    var attempt = 1
    while true {
      gate.beginAttempt()
      do {
        var reply = try await candidate.provider.client.reply(
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
            afterAttempt: attempt, kind: failure.kind, retryAfter: failure.retryAfter, random: parts.random())
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
      guard let provider = provider(named: reference.provider) else { continue }
      let model = reference.model.isEmpty ? provider.configuration.defaultModel : reference.model
      known.append(
        Candidate(
          provider: provider, model: model,
          isCooling: cooldowns.isCooling(provider: provider.name, model: model)))
    }
    if known.isEmpty, let first = references.first {
      let names = providers.map(\.name).joined(separator: ", ")
      throw ClawError(
        .failedPrecondition, "provider \(first.provider) is not configured; configured: \(names)", kind: .provider)
    }
    return known.filter { !$0.isCooling } + known.filter(\.isCooling)
  }

  func provider(named name: String) -> RoutedProvider? { byName[name] }

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
  let provider: RoutedProvider
  let model: String
  var reference: ModelReference { ModelReference(provider: provider.name, model: model) }
  /// Whether it is in cooldown; then it is tried last, and once.
  let isCooling: Bool

  static func == (left: Self, right: Self) -> Bool {
    left.provider.name.hasSameBytes(as: right.provider.name) && left.model.hasSameBytes(as: right.model)
  }
}
