import ClawClient
import ClawCore
import ClawJSON
import ClawProtocol

extension CommandFailure {
  /// Explains an error of the lower layers; nil for those of the argument parser.
  init?(explaining error: any Error) {
    switch error {
    case let failure as CommandFailure: self = failure
    case let error as ClientError: self.init(error)
    case let error as ConfigurationError: self.init(error)
    case let error as ConfigurationProblem: self.init(ConfigurationError(problems: [error]))
    case let error as GatewayTokenError: self.init(error.cause?.status ?? .configuration, error.description)
    case let error as FileError: self.init(error.status, error.description)
    case let error as ClawError: self.init(CommandStatus(code: error.code.rawValue), error.message)
    case is CancellationError: self.init(.interrupted, "")
    default: return nil
    }
  }

  private init(_ error: ConfigurationError) {
    let isTyped = error.problems.allSatisfy { $0.place.startsWith("--") }
    self.init(isTyped ? .usage : .configuration, error.description)
  }

  init(_ error: ClientError) {
    switch error {
    case .server(let body): self.init(CommandStatus(code: body.code.rawValue), error.description)
    case .cannotConnect, .connectTimeout:
      self.init(.unavailable, "\(error)\nIs the gateway running? Start it with: swiftclaw serve")
    // Always `failure`: the gateway was reached, and the command line is valid.
    case .runFailed: self.init(.failure, error.description)
    case .tooLarge: self.init(.usage, error.description)
    case .connectionLost: self.init(.unavailable, error.description)
    case .pairingRequired: self.init(.unauthorized, error.description)
    case .unreadable, .invalidParams, .overflow: self.init(.internalFault, error.description)
    case .cancelled: self.init(.interrupted, "")
    }
  }
}

extension CommandStatus {
  /// The exit status for a protocol error.
  init(code: String) {
    self =
      switch ErrorCode(rawValue: code) {
      case .unauthorized, .forbidden: .unauthorized
      case .unavailable, .resourceExhausted: .unavailable
      case .invalidRequest, .notFound, .alreadyExists: .usage
      case .internalError: .internalFault
      case .aborted: .interrupted
      case .failedPrecondition, .agentTimeout, nil: .failure
      }
  }
}
