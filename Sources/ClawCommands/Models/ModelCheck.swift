import AsyncHTTPClient
import ClawCore
import ClawModels
import Logging

/// Calls models directly, without a gateway.
struct ModelCheck: Sendable {
  /// A successful call.
  struct Answer: Sendable {
    let model: ModelReference
    let duration: Duration
  }

  let configuration: ModelsConfiguration

  /// - Parameter timeout: For one call, and for one list.
  init(_ configuration: ModelsConfiguration, timeout: Duration = .seconds(30)) {
    var configuration = configuration
    configuration.timeouts.connect = min(configuration.timeouts.connect, timeout)
    configuration.timeouts.firstByte = min(configuration.timeouts.firstByte, timeout)
    configuration.timeouts.silence = min(configuration.timeouts.silence, timeout)
    configuration.timeouts.list = min(configuration.timeouts.list, timeout)
    configuration.retry = RetryPolicy(attempts: 1)
    self.configuration = configuration
  }

  /// Makes a short, cheap call.
  /// - Throws: `ClawError` saying what to do.
  func call(_ model: ModelReference) async throws -> Answer {
    try await withRouter { router in
      let clock = ContinuousClock()
      let started = clock.now
      let request = ModelRequest(
        system: "Answer with one word.", exchanges: [Exchange(input: [UserMessage("Say ok.")])],
        sampling: SamplingOptions(maxOutputTokens: 64))
      let reply = try await router.reply(to: request, from: [model], observer: .silent)
      return Answer(model: reply.model, duration: clock.now - started)
    }
  }

  /// Resolves a model name; nil if no provider has it.
  func resolve(_ name: String) async throws -> ModelReference? {
    try await withRouter { await $0.find(name) }
  }

  func list(provider: String? = nil) async throws -> ModelListing {
    try await withRouter { try await $0.list(provider: provider) }
  }

  private func withRouter<Value: Sendable>(
    _ body: @Sendable (ModelRouter) async throws -> Value
  ) async throws -> Value {
    let client = HTTPClient(
      eventLoopGroupProvider: .singleton,
      configuration: ModelHTTP.configuration(
        configuration.timeouts, trustFile: configuration.trustFile))
    let router = ModelRouter(
      configuration: configuration, httpClient: client,
      logger: Logger(label: "swiftclaw.check") { _ in SwiftLogNoOpLogHandler() })
    let result: Result<Value, any Error>
    do { result = .success(try await body(router)) } catch { result = .failure(error) }
    try? await client.shutdown()
    return try result.get()
  }

  /// The exit status for a failed call.
  static func status(of error: any Error) -> CommandStatus {
    guard let error = error as? ClawError else { return CommandFailure(explaining: error)?.status ?? .internalFault }
    if error.details?[.reason]?.stringValue == "provider_key_refused" { return .unauthorized }
    return switch error.code {
    case .agentTimeout: .unavailable
    default: CommandStatus(code: error.code.rawValue)
    }
  }

  /// Converts the error to a command failure.
  static func failure(_ error: any Error) -> CommandFailure {
    CommandFailure(status(of: error), CommandFailure(explaining: error)?.message ?? "\(error)")
  }
}
