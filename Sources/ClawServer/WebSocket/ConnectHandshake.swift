import ClawCore
import ClawJSON
import ClawProtocol

/// Decides on `connect`: by the gateway token, by an API key, by the secret of a paired device, or else by asking for a pairing.
struct ConnectHandshake: Sendable {
  let gateway: GatewayContext
  let connectionID: ConnectionRegistry.ID
  /// The client's address, as ``TrustedProxies`` tells it.
  let remote: String
  /// The secret that was issued on this connection; it stands in where a client sends none again.
  let issuedSender: String?

  enum Decision: Sendable {
    case accepted(Admission, JSONValue)
    case pending(Waiting, JSONValue)
    /// `closes`: the connection may not try again.
    case refused(ErrorBody, closes: Bool)
  }

  /// Somebody who is let in.
  struct Admission: Sendable {
    let principal: Principal
    let dialect: Dialect
    /// When what let them in ends, if it has an end.
    var expiresAt: Timestamp?
  }

  /// Somebody who waits for a pairing.
  struct Waiting: Sendable {
    let sender: String
    let expiresAt: Timestamp
  }

  private struct WrongCredential: Error {
    let message: String
  }

  func decide(_ params: JSONValue, isFirst: Bool) async -> Decision {
    guard isFirst else {
      let error = ErrorBody(code: .failedPrecondition, message: "this connection is connected already")
      return .refused(error, closes: false)
    }
    do {
      return try await decide(try MethodRegistry.decode(params))
    } catch let wrong as WrongCredential {
      return .refused(ErrorBody(await gateway.throttle.refusal(wrong.message, from: remote)), closes: true)
    } catch {
      return .refused(ErrorBody(ClawError(wrapping: error), .connect), closes: false)
    }
  }

  private func decide(_ params: Connect.Params) async throws -> Decision {
    guard params.protocol ?? ProtocolVersion.current == ProtocolVersion.current else {
      throw ClawError(
        .failedPrecondition, "only protocol \(ProtocolVersion.current) is spoken here",
        details: [.versions: [.integer(Int64(ProtocolVersion.current))]])
    }
    let dialect = try dialect(params.dialect)
    let decision = try await gateway.authenticator.decide(
      credential: params.token, AccessClaim(user: params.user_id, tenant: params.tenant, origin: .webSocket))
    switch decision {
    case .accepted(let principal):
      if principal.credential != .gatewayToken { try await confirm(principal) }
      gateway.connections.untie(connectionID)
      return try accepted(Admission(principal: principal, dialect: dialect, expiresAt: principal.expiresAt))
    case .wrong:
      throw WrongCredential(message: "the token is wrong")
    case .missing:
      if let sender = params.sender_id, !sender.isEmpty {
        guard let decision = try await bySender(sender, params, dialect) else {
          throw WrongCredential(message: "this sender_id is not known, or no longer; connect without it to pair again")
        }
        return decision
      }
      if let issuedSender, let decision = try await bySender(issuedSender, params, dialect) { return decision }
      return try await askForPairing(params)
    }
  }

  /// From here on a revocation finds this connection; one that came before is seen by the second look.
  private func confirm(_ principal: Principal) async throws {
    gateway.connections.expect(principal, on: connectionID)
    guard try await gateway.services.access.ended(among: [principal], in: principal.tenant).isEmpty else {
      gateway.connections.expect(nil, on: connectionID)
      throw WrongCredential(message: "the token is wrong")
    }
  }

  // MARK: - Devices

  /// What a secret is good for; nil for nothing.
  private func bySender(_ sender: String, _ params: Connect.Params, _ dialect: Dialect) async throws -> Decision? {
    switch try await gateway.services.pairing.standing(of: sender) {
    case .unknown: return nil
    case .paired(let tenant, let device):
      try checkClaims(params, tenant: tenant, user: device.user)
      // From here on a revocation finds this connection; one that came before is seen by the second look.
      gateway.connections.tie(device.device, to: connectionID)
      guard case .paired(_, let device) = try await gateway.services.pairing.standing(of: sender) else {
        gateway.connections.untie(connectionID)
        return nil
      }
      let principal = try await gateway.services.access.admit(device, of: tenant, origin: .webSocket)
      gateway.connections.expect(principal, on: connectionID)
      return try accepted(Admission(principal: principal, dialect: dialect, expiresAt: device.expiresAt))
    case .pending(_, let request):
      try wait(for: request.device)
      guard case .pending(_, let request) = try await gateway.services.pairing.standing(of: sender) else {
        // It was decided just now. What follows has no third way.
        gateway.connections.untie(connectionID)
        return try await bySender(sender, params, dialect)
      }
      return try pending(IssuedPairing(request: request, sender: sender))
    }
  }

  /// A credential is good for one user of one tenant.
  private func checkClaims(_ params: Connect.Params, tenant: TenantID, user: UserID) throws(ClawError) {
    guard params.user_id.map(UserID.init(unchecked:)) ?? user == user else {
      throw ClawError(.forbidden, "this device is paired for another user_id")
    }
    guard params.tenant.map(TenantID.init(unchecked:)) ?? tenant == tenant else {
      throw ClawError(.forbidden, "this device is paired in another tenant")
    }
  }

  private func askForPairing(_ params: Connect.Params) async throws -> Decision {
    let device = DeviceID.generate(at: gateway.time.now)
    let tenant = try params.tenant.map { name throws(ClawError) in try TenantID(validating: name) } ?? .standard
    try await checkTenant(tenant)
    let application = PairingApplication(
      tenant: tenant, device: device, user: try ParameterChecks.user(params.user_id),
      remote: remote)
    try wait(for: device)
    do {
      return try pending(try await gateway.services.pairing.begin(application))
    } catch {
      gateway.connections.untie(connectionID)
      guard let error = error as? ClawError, error.code == .resourceExhausted else { throw error }
      throw await gateway.throttle.noPlace(from: remote)
    }
  }

  /// - Throws: for a tenant that is not there, what is thrown for one in which nobody else may wait.
  private func checkTenant(_ tenant: TenantID) async throws {
    if !gateway.unknownTenants.contains(tenant) {
      do {
        return try await gateway.services.access.checkTenant(tenant)
      } catch let error as ClawError where error.code == .notFound {
        gateway.unknownTenants.insert(tenant)
      }
    }
    throw await gateway.throttle.noPlace(from: remote)
  }

  private func wait(for device: DeviceID) throws(ClawError) {
    guard gateway.connections.wait(for: device, on: connectionID) else {
      throw ClawError(
        .resourceExhausted,
        "\(ConnectionRegistry.maxPendingPerDevice) connections wait for the pairing of this device already",
        retryAfter: .seconds(5))
    }
  }

  // MARK: - Answers

  private func dialect(_ name: String?) throws(ClawError) -> Dialect {
    guard let name else { return .flat }
    guard let dialect = Dialect(rawValue: name) else {
      let names = Dialect.allCases.map(\.rawValue).joined(separator: ", ")
      throw ClawError(.invalidRequest, "params.dialect must be one of \(names)")
    }
    return dialect
  }

  private var server: Connect.ServerInfo {
    Connect.ServerInfo(name: "swiftclaw", version: gateway.configuration.version)
  }

  private func accepted(_ admission: Admission) throws -> Decision {
    let limits = gateway.configuration.limits
    let principal = admission.principal
    let result = Connect.Result(
      protocol: ProtocolVersion.current, role: principal.role.rawValue, user_id: principal.user.rawValue,
      tenant: principal.tenant.rawValue, server: server, connection_id: connectionID.text,
      limits: Connect.Limits(max_frame_bytes: limits.maxFrameBytes, max_queue_bytes: limits.maxQueueBytes))
    return .accepted(admission, try JSONValue(encoding: result))
  }

  private func pending(_ issued: IssuedPairing) throws -> Decision {
    let request = issued.request
    let answer = Connect.Pending(
      protocol: ProtocolVersion.current, pairing_code: request.code, sender_id: issued.sender,
      expires_at: request.expiresAt.milliseconds, server: server)
    return .pending(
      Waiting(sender: issued.sender, expiresAt: request.expiresAt), try JSONValue(encoding: answer))
  }
}
