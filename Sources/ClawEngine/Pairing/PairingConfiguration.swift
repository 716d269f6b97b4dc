/// Settings of device pairing.
public struct PairingConfiguration: Sendable {
  /// How long a code can be approved.
  public var codeLifetime: Duration
  /// How long a pairing is valid; zero means until it is revoked.
  public var deviceLifetime: Duration
  /// Limit of pending requests from one network address.
  public var maxPendingPerAddress: Int
  /// Limit of pending requests in one tenant.
  public var maxPending: Int
  /// Time between two checks for expired rows.
  public var checkInterval: Duration

  public init(
    codeLifetime: Duration = .seconds(3600), deviceLifetime: Duration = .seconds(90 * 86_400),
    maxPendingPerAddress: Int = 3, maxPending: Int = 100, checkInterval: Duration = .seconds(30)
  ) {
    self.codeLifetime = codeLifetime
    self.deviceLifetime = deviceLifetime
    self.maxPendingPerAddress = maxPendingPerAddress
    self.maxPending = maxPending
    self.checkInterval = checkInterval
  }
}
