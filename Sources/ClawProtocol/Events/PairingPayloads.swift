/// The outcome of a pairing; `device.pair.resolved`.
public struct PairingResolvedPayload: Codable, Sendable {
  /// The public id of the device, as in `device.pair.list`.
  public var device_id: String
  /// The device's origin: `browser`, or the channel of a sender.
  public var channel: String
  /// `approved`, `rejected`, `expired` or `revoked`.
  public var decision: String
  /// If approved: the user the device acts for.
  public var user_id: String?
  /// If approved: `operator` or `viewer`.
  public var role: String?

  /// User and role are set only if the decision is `approved`.
  public init(device_id: String, channel: String, decision: String, user_id: String? = nil, role: String? = nil) {
    self.device_id = device_id
    self.channel = channel
    self.decision = decision
    self.user_id = user_id
    self.role = role
  }
}

/// A device waits for approval; `device.pair.requested`. The same as in the list.
public typealias PairingRequestedPayload = DevicePairList.Pending
