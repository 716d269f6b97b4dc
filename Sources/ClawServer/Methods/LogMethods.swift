import ClawCore
import ClawProtocol

/// `logs.*`
struct LogMethods: Sendable {
  let logs: any LogService

  func register(in registry: inout MethodRegistry) {
    registry.register(LogsTail.self) { params, principal in
      let limit = try ParameterChecks.limit(params.limit, standard: 100, max: 1000)
      let level = LogLevel(rawValue: params.level ?? LogLevel.trace.rawValue)
      guard let level else {
        let known = LogLevel.allCases.map(\.rawValue).joined(separator: ", ")
        throw ClawError(.invalidRequest, "params.level must be one of \(known)")
      }
      // Lines about the node are for its operator; an admin sees those about their own tenant.
      let tenant = principal.credential == .gatewayToken ? nil : principal.tenant
      let (lines, last) = logs.recent(limit: limit, atLeast: level, after: params.afterSeq, of: tenant)
      return LogsTail.Result(lines: lines.map(LogsTail.Line.init), lastSeq: last)
    }
  }
}
