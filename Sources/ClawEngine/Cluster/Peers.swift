import ClawCore
import ClawStore

/// The other nodes, as far as this one speaks to them.
struct Peers: Sendable {
  let node: NodeID
  /// Nil if there are none, or if they look for themselves.
  let signals: NodeSignals?

  /// Never waits; after the commit that it tells of.
  func tell(_ signal: NodeSignal) {
    signals?.send(signal.text(from: node))
  }
}
