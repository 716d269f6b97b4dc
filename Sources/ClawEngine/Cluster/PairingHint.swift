import ClawCore

/// A change of a pairing as sent between nodes, without the data that only the store may hold.
struct PairingHint: Sendable, Hashable {
  enum Kind: String, Sendable {
    case requested, approved, rejected, expired, revoked

    /// The change, if it ends the pairing and needs no further data.
    var ending: PairingNotice.Change? {
      switch self {
      case .requested, .approved: nil
      case .rejected: .rejected
      case .expired: .expired
      case .revoked: .revoked
      }
    }
  }

  let device: DeviceID
  let channel: String
  let requestedBy: UserID?
  let kind: Kind
}

extension PairingNotice {
  var hint: PairingHint {
    let kind: PairingHint.Kind =
      switch change {
      case .requested: .requested
      case .approved: .approved
      case .rejected: .rejected
      case .expired: .expired
      case .revoked: .revoked
      }
    return PairingHint(device: device, channel: channel, requestedBy: requestedBy, kind: kind)
  }
}
