import ClawJSON
import Dispatch
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Checkpoints the write-ahead log on a connection and a thread of its own, so that no writer waits for it. A reader in
/// another process only delays the truncation of the log.
///
/// `@unchecked Sendable`: `connection` is accessed on `queue` alone, which is serial.
final class SQLiteCheckpointer: @unchecked Sendable {
  private let queue = DispatchQueue(label: "swiftclaw.sqlite.checkpoint", qos: .utility)
  private let isBusy = Atomic(false)
  private let path: String
  private let trigger = Mutex(CheckpointTrigger())
  private var connection: SQLiteConnection?

  /// - Parameter path: The database file.
  init(connection: sending SQLiteConnection, path: String) {
    self.connection = connection
    self.path = path
  }

  /// Called after each commit with the number of pages in the log.
  func logGrew(to pages: Int32) {
    guard trigger.withLock({ $0.isDue(at: pages) }),
      isBusy.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged
    else { return }
    queue.async {
      // PASSIVE never blocks. What it can't move (disk full, a long reader) is tried again after the next commits.
      try? self.connection?.run("PRAGMA wal_checkpoint(PASSIVE)")
      self.isBusy.store(false, ordering: .releasing)
    }
  }

  /// Syncs the log and its directory entry to disk. Takes no SQLite lock.
  func sync() async throws {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      queue.async {
        continuation.resume(with: Result { try self.syncNow() })
      }
    }
  }

  private func syncNow() throws {
    // Without a log, everything is in the database file, which the checkpoint has synced.
    try syncFile(path + "-wal", mayBeMissing: true)
    let folder = path.lastIndex(ofASCII: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    try syncFile(folder, mayBeMissing: false)
  }

  /// Checkpoints and truncates the log, unless another process blocks that for longer than the busy timeout.
  func close() async {
    await withCheckedContinuation { continuation in
      queue.async {
        self.connection?.limits.close()
        try? self.connection?.run("PRAGMA wal_checkpoint(TRUNCATE)")
        self.connection = nil
        continuation.resume()
      }
    }
  }
}

private func syncFile(_ path: String, mayBeMissing: Bool) throws {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  if descriptor < 0, mayBeMissing, errno == ENOENT { return }
  defer { if descriptor >= 0 { close(descriptor) } }
  guard descriptor >= 0, fsync(descriptor) == 0 else {
    throw DatabaseError(kind: .disk, code: Int(errno), message: String(cString: strerror(errno))).claw
  }
}
