/// Settings of authentication.
public struct AccessConfiguration: Sendable {
  /// How long cached results about a credential are valid; a change on this node takes effect at once.
  public var memory: Duration
  /// Minimum time between two updates of a key's last use.
  public var useInterval: Duration
  /// Limit of keys per tenant, revoked ones included.
  public var maxKeys: Int

  public init(memory: Duration = .seconds(2), useInterval: Duration = .seconds(60), maxKeys: Int = 1000) {
    self.memory = memory
    self.useInterval = useInterval
    self.maxKeys = maxKeys
  }
}
