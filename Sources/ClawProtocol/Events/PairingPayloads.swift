/// What became of a pairing; `device.pair.resolved`.
public struct PairingResolvedPayload: Codable, Sendable {
  public var device_id: String
  public var channel: String
  /// `approved`, `rejected`, `expired` or `revoked`.
  public var decision: String
  /// Where it was approved: whom the device acts for, and as what.
  public var user_id: String?
  public var role: String?

  public init(device_id: String, channel: String, decision: String, user_id: String? = nil, role: String? = nil) {
    self.device_id = device_id
    self.channel = channel
    self.decision = decision
    self.user_id = user_id
    self.role = role
  }
}

/// A device waits to be let in; `device.pair.requested`. The same as in the list.
public typealias PairingRequestedPayload = DevicePairList.Pending
