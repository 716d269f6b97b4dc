/// Limits on concurrent connections, and on those that have not authenticated.
public struct SocketLimits: Sendable {
  /// Authenticated connections.
  public var maxConnections = 65_536
  /// Unauthenticated connections older than ``strangerGrace``, over all addresses.
  public var maxStrangers = 1024
  /// The same per network address.
  public var maxStrangersPerAddress = 64
  /// Unauthenticated connections younger than this are not counted: clients that all reconnect after a restart need a
  /// moment each.
  public var strangerGrace = Duration.seconds(2)

  /// New connections accepted beyond ``maxConnections``, so that `/health` and `/ready` respond when the gateway is
  /// full.
  static let reserve = 16
  /// New connections within ``strangerGrace`` may be this many times ``maxStrangers``.
  static let burst = 8

  public init() {}
}
