import ClawCore
import ClawJSON
import ClawProtocol
import NIOCore

extension DevicePairList.Pending {
  /// - Parameter showsCode: For admins only.
  init(_ request: PairingRequest, showsCode: Bool) {
    self.init(
      code: showsCode ? request.code : nil, device_id: request.device.rawValue, channel: request.channel,
      chat_id: request.chat, account_id: request.account, user_id: request.user?.rawValue, remote: request.remote,
      created_at: request.createdAt.milliseconds, expires_at: request.expiresAt.milliseconds)
  }
}

extension DevicePairList.Paired {
  init(_ device: PairedDevice) {
    self.init(
      device_id: device.device.rawValue, channel: device.channel, chat_id: device.chat,
      user_id: device.user.rawValue, role: device.role.rawValue, paired_at: device.pairedAt.milliseconds,
      paired_by: device.pairedBy.rawValue, expires_at: device.expiresAt?.milliseconds)
  }
}

extension PairingNotice {
  /// The complete frame, as the bytes of a text message; nil if it can't be encoded. The frame of a request contains
  /// the code.
  var frame: ByteBuffer? {
    let (name, payload) = event
    guard let payload = try? payload(), let frame = try? ServerFrame.event(name: name, payload: payload, seq: nil).json
    else { return nil }
    return ByteBuffer(bytes: frame.serialized())
  }

  private var event: (name: String, payload: () throws -> JSONValue) {
    switch change {
    case .requested(let request):
      (EventName.devicePairRequested, { try JSONValue(encoding: PairingRequestedPayload(request, showsCode: true)) })
    case .approved(let device):
      (EventName.devicePairResolved, { try JSONValue(encoding: resolved("approved", device)) })
    case .rejected: (EventName.devicePairResolved, { try JSONValue(encoding: resolved("rejected")) })
    case .expired: (EventName.devicePairResolved, { try JSONValue(encoding: resolved("expired")) })
    case .revoked: (EventName.devicePairResolved, { try JSONValue(encoding: resolved("revoked")) })
    }
  }

  private func resolved(_ decision: String, _ paired: PairedDevice? = nil) -> PairingResolvedPayload {
    PairingResolvedPayload(
      device_id: device.rawValue, channel: channel, decision: decision, user_id: paired?.user.rawValue,
      role: paired?.role.rawValue)
  }
}
