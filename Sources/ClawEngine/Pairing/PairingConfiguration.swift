/// How devices are let in.
public struct PairingConfiguration: Sendable {
  /// How long a code can be approved.
  public var codeLifetime: Duration
  /// How long a pairing holds; zero: until it is revoked.
  public var deviceLifetime: Duration
  /// Requests that may wait from one network address.
  public var maxPendingPerAddress: Int
  /// Requests that may wait in one tenant.
  public var maxPending: Int
  /// Time between two looks for what has expired.
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
