/// A change of the connection's state, for display; see ``ClientConfiguration/onConnectionChange``.
public enum ConnectionChange: Sendable, Hashable {
  /// It is lost, or an attempt to reconnect failed; the next attempt follows after the delay.
  case lost(ClientError, retryIn: Duration)
  /// It is restored, and replies and subscriptions continue without a gap.
  case restored
}
