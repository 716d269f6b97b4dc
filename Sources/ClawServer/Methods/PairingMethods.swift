import ClawCore
import ClawProtocol

/// `browser.pairing.status` and `device.pair.*`
struct PairingMethods: Sendable {
  let pairing: any PairingService

  func register(in registry: inout MethodRegistry) {
    registry.register(BrowserPairingStatus.self) { params, _ in
      switch try await pairing.standing(of: params.sender_id) {
      case .paired: BrowserPairingStatus.Result(status: "approved")
      case .pending: BrowserPairingStatus.Result(status: "pending")
      case .unknown: BrowserPairingStatus.Result(status: "expired")
      }
    }
    registry.register(DevicePairRequest.self, isOrdered: false) { params, context in
      let request = try await pairing.request(
        try sender(of: params), from: context.remote, as: context.principal)
      return .now(DevicePairRequest.Result(code: request.code, expiresAtMs: request.expiresAt.milliseconds))
    }
    registry.register(DevicePairApprove.self) { params, principal in
      let device = try await pairing.approve(
        params.code, user: try ParameterChecks.user(params.userId), role: try role(params.role), as: principal)
      return DevicePairApprove.Result(paired: DevicePairList.Paired(device))
    }
    registry.register(DevicePairList.self) { _, principal in
      let list = try await pairing.list(as: principal)
      let showsCode = principal.role == .admin
      return DevicePairList.Result(
        pending: list.pending.map { DevicePairList.Pending($0, showsCode: showsCode) },
        paired: list.paired.map(DevicePairList.Paired.init))
    }
    registry.register(DevicePairRevoke.self) { params, principal in
      try await pairing.revoke(try target(of: params), as: principal)
      return DevicePairRevoke.Result(revoked: true)
    }
  }

  private func role(_ name: String?) throws(ClawError) -> Role {
    guard let name else { return .operator_ }
    guard let role = Role(rawValue: name), role < .admin else {
      throw ClawError(.invalidRequest, "params.role must be operator or viewer")
    }
    return role
  }

  private func sender(of params: DevicePairRequest.Params) throws(ClawError) -> ChannelSender {
    ChannelSender(
      channel: try text(params.channel, "channel", 1...64), sender: try text(params.senderId, "senderId", 1...255),
      chat: try text(params.chatId ?? "", "chatId", 0...255),
      account: try text(params.accountId ?? "default", "accountId", 1...255))
  }

  private func target(of params: DevicePairRevoke.Params) throws(ClawError) -> PairingTarget {
    switch (params.deviceId, params.senderId, params.channel) {
    case (let device?, nil, _): return .device(DeviceID(unchecked: try text(device, "deviceId", 1...255)))
    case (nil, let sender?, let channel?):
      return .sender(try text(sender, "senderId", 1...255), channel: try text(channel, "channel", 1...64))
    default: throw ClawError(.invalidRequest, "params.deviceId is needed, or params.senderId with params.channel")
    }
  }

  private func text(_ text: String, _ name: String, _ bytes: ClosedRange<Int>) throws(ClawError) -> String {
    guard bytes.contains(text.utf8.count), !text.containsControlCharacters else {
      throw ClawError(
        .invalidRequest,
        "params.\(name) must be \(bytes.lowerBound) to \(bytes.upperBound) bytes without control characters")
    }
    return text
  }
}
