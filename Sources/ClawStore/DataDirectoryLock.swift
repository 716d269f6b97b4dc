import ClawCore
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Prevents a second process from using the same SQLite file. The operating system releases the lock when the process
/// ends, however it ends.
public final class DataDirectoryLock: Sendable {
  private let descriptor: Int32
  private let isHeld = Atomic(true)

  /// - Throws: ``ClawError`` `failedPrecondition` if another process holds it.
  public init(besides databasePath: String) throws(ClawError) {
    let path = databasePath + ".lock"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw ClawError(
        .failedPrecondition, "the data directory can't be written to: \(String(cString: strerror(errno)))")
    }
    // `deinit` closes the descriptor, also when the initializer throws from here on.
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw ClawError(
        .failedPrecondition,
        "another gateway is running on this data directory; stop it, or give this one its own with --data-dir")
    }
  }

  deinit { release() }

  /// Releases the lock.
  public func release() {
    guard isHeld.exchange(false, ordering: .acquiringAndReleasing), descriptor >= 0 else { return }
    // Explicit, since a child process that is just being spawned shares the open file for a moment.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }
}
