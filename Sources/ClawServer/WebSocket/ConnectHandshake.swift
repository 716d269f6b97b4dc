import ClawCore
import ClawJSON
import ClawProtocol

/// Decides on `connect`.
struct ConnectHandshake: Sendable {
  let gateway: GatewayContext
  let connectionID: ConnectionRegistry.ID

  enum Decision: Sendable {
    case accepted(Principal, Dialect, JSONValue)
    /// `closes`: the connection may not try again.
    case refused(ErrorBody, closes: Bool)
  }

  func decide(_ params: JSONValue, isFirst: Bool) -> Decision {
    guard isFirst else {
      let error = ErrorBody(code: .failedPrecondition, message: "this connection is connected already")
      return .refused(error, closes: false)
    }
    do {
      return try decide(try MethodRegistry.decode(params))
    } catch {
      return .refused(ErrorBody(ClawError(wrapping: error)), closes: false)
    }
  }

  private func decide(_ params: Connect.Params) throws -> Decision {
    guard params.protocol ?? ProtocolVersion.current == ProtocolVersion.current else {
      throw ClawError(
        .failedPrecondition, "only protocol \(ProtocolVersion.current) is spoken here",
        details: ["supported": [.integer(Int64(ProtocolVersion.current))]])
    }
    let dialect = try dialect(params.dialect)
    let decision = try gateway.authenticator.decide(
      credential: params.token, user: params.user_id, tenant: params.tenant, origin: .webSocket)
    switch decision {
    case .accepted(let principal):
      return .accepted(principal, dialect, try JSONValue(encoding: result(principal)))
    case .missing:
      let message = "a token is needed: send the gateway token as 'token'"
      return .refused(ErrorBody(code: .unauthorized, message: message), closes: false)
    case .wrong:
      return .refused(ErrorBody(code: .unauthorized, message: "the token is wrong"), closes: true)
    }
  }

  private func dialect(_ name: String?) throws(ClawError) -> Dialect {
    guard let name else { return .flat }
    guard let dialect = Dialect(rawValue: name) else {
      let names = Dialect.allCases.map(\.rawValue).joined(separator: ", ")
      throw ClawError(.invalidRequest, "params.dialect must be one of \(names)")
    }
    return dialect
  }

  private func result(_ principal: Principal) -> Connect.Result {
    let configuration = gateway.configuration
    return Connect.Result(
      protocol: ProtocolVersion.current, role: principal.role.rawValue, user_id: principal.user.rawValue,
      tenant: principal.tenant.rawValue,
      server: Connect.ServerInfo(name: "swiftclaw", version: configuration.version),
      connection_id: connectionID.text,
      limits: Connect.Limits(
        max_frame_bytes: configuration.limits.maxFrameBytes, max_queue_bytes: configuration.limits.maxQueueBytes))
  }
}
