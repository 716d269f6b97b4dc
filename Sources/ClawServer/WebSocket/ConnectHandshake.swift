import ClawCore
import ClawJSON
import ClawProtocol

/// Handles `connect`: by the gateway token, by an API key, by the secret of a paired device, or else by a pairing
/// request.
struct ConnectHandshake: Sendable {
  let gateway: GatewayContext
  let connectionID: ConnectionRegistry.ID
  /// The client's address, as ``TrustedProxies`` determines it.
  let remote: String
  /// The secret issued on this connection, used if the client does not send it again.
  let issuedSender: String?

  enum Decision: Sendable {
    case accepted(Admission, JSONValue)
    case pending(Waiting, JSONValue)
    /// `closes`: the connection may not retry.
    case refused(ErrorBody, closes: Bool)
  }

  /// An authenticated client.
  struct Admission: Sendable {
    let principal: Principal
    let dialect: Dialect
    /// When its credential expires, if it does.
    var expiresAt: Timestamp?
  }

  /// A client waiting for a pairing.
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

  /// From here on a revocation finds this connection; an earlier one is found by checking again.
  private func confirm(_ principal: Principal) async throws {
    gateway.connections.expect(principal, on: connectionID)
    guard try await gateway.services.access.ended(among: [principal], in: principal.tenant).isEmpty else {
      gateway.connections.expect(nil, on: connectionID)
      throw WrongCredential(message: "the token is wrong")
    }
  }

  // MARK: - Devices

  /// Authenticates by a device's secret; nil if it is unknown.
  private func bySender(_ sender: String, _ params: Connect.Params, _ dialect: Dialect) async throws -> Decision? {
    switch try await gateway.services.pairing.standing(of: sender) {
    case .unknown: return nil
    case .paired(let tenant, let device):
      try checkClaims(params, tenant: tenant, user: device.user)
      // From here on a revocation finds this connection; an earlier one is found by checking again.
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
        // It was decided just now, so this recursion ends.
        gateway.connections.untie(connectionID)
        return try await bySender(sender, params, dialect)
      }
      return try pending(IssuedPairing(request: request, sender: sender))
    }
  }

  /// A device credential is valid for one user of one tenant.
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

  /// - Throws: for an unknown tenant, the same error as for one with too many pending pairings.
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

  // MARK: - Responses

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
