/// How callers are let in.
public struct AccessConfiguration: Sendable {
  /// How long what is known about a credential may be used again; a change on this node counts at once.
  public var memory: Duration
  /// How often at most it is noted that a key was used.
  public var useInterval: Duration
  /// Keys that a tenant may have, revoked ones included.
  public var maxKeys: Int

  public init(memory: Duration = .seconds(2), useInterval: Duration = .seconds(60), maxKeys: Int = 1000) {
    self.memory = memory
    self.useInterval = useInterval
    self.maxKeys = maxKeys
  }
}
