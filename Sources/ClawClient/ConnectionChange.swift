/// What became of the connection, for who wants to show it; see ``ClientConfiguration/onConnectionChange``.
public enum ConnectionChange: Sendable, Hashable {
  /// It is gone, or a try to make it anew failed; the next one follows after the delay.
  case lost(ClientError, retryIn: Duration)
  /// It is there again, and what was being followed goes on without a gap.
  case restored
}
