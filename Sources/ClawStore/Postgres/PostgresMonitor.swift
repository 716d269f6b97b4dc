import Synchronization

/// State shared by the connections of one pool: whether it is closing, and how many connections became unresponsive.
final class PostgresMonitor: Sendable {
  private let stopped = Atomic(false)
  private let silent = Atomic(0)

  /// Whether waits for results must end.
  var isStopped: Bool { stopped.load(ordering: .acquiring) }

  /// Ends every wait for a result, within ``PostgresHandle/lookInterval``.
  func stop() { stopped.store(true, ordering: .releasing) }

  /// How many connections were dropped because their server did not answer. Connections opened before the last of them
  /// are suspect too: most likely they lead to the same server.
  var silences: Int { silent.load(ordering: .acquiring) }

  func foundSilent() { silent.add(1, ordering: .acquiringAndReleasing) }
}
