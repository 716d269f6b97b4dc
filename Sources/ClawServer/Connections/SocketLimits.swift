/// How many connections there may be at once, and how many of them of strangers: those on which nobody has shown a
/// credential yet.
public struct SocketLimits: Sendable {
  /// Connections of known callers.
  public var maxConnections = 65_536
  /// Strangers of all addresses together that have been there for longer than ``strangerGrace``.
  public var maxStrangers = 1024
  /// The same of one network address.
  public var maxStrangersPerAddress = 64
  /// A stranger is not counted this long: clients that come back all at once after a restart need a moment each.
  public var strangerGrace = Duration.seconds(2)

  /// Places beyond ``maxConnections`` for newcomers, so that `/health` and `/ready` answer on a gateway that is full.
  static let reserve = 16
  /// Newcomers within ``strangerGrace`` may be this many times ``maxStrangers``.
  static let burst = 8

  public init() {}
}
