import Synchronization

/// What the connections of one pool share: whether it is being closed, and how often one of them was found silent.
final class PostgresMonitor: Sendable {
  private let stopped = Atomic(false)
  private let silent = Atomic(0)

  /// Whether no answer is waited for any more.
  var isStopped: Bool { stopped.load(ordering: .acquiring) }

  /// Ends every wait for an answer, within ``PostgresHandle/lookInterval``.
  func stop() { stopped.store(true, ordering: .releasing) }

  /// How many connections were given up because their server said nothing. Those made before the last of them are no
  /// better: most likely they lead to the same place.
  var silences: Int { silent.load(ordering: .acquiring) }

  func foundSilent() { silent.add(1, ordering: .acquiringAndReleasing) }
}
