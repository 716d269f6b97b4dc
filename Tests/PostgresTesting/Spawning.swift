import Synchronization

/// Begins children one at a time: one that is begun between the making of another's pipe and its closing in the parent
/// holds that pipe open for as long as it lives, and whoever waits for its end waits for a stranger.
public enum Spawning {
  private static let lock = Mutex(())

  /// - Parameter body: Makes the pipes and begins the child.
  public static func alone<T, E: Error>(_ body: () throws(E) -> sending T) throws(E) -> sending T {
    try lock.withLock { (_) throws(E) in try body() }
  }
}
