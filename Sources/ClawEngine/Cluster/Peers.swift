import ClawCore
import ClawStore

/// The other nodes of the cluster.
struct Peers: Sendable {
  let node: NodeID
  /// Nil if there are none, or if they poll.
  let signals: NodeSignals?

  /// Sends a signal after the commit that it announces; never blocks.
  func notify(_ signal: NodeSignal) {
    signals?.send(signal.text(from: node))
  }
}
