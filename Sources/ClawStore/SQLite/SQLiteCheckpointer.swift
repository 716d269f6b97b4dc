import ClawJSON
import Dispatch
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Moves what the write-ahead log holds into the database file, on a connection and a thread of its own, so that no
/// writer waits for it. Whoever reads the file elsewhere keeps the log from being cut, and from nothing else.
///
/// `@unchecked Sendable`: `connection` is touched on `queue` alone, which is serial.
final class SQLiteCheckpointer: @unchecked Sendable {
  /// Pages in the log from which on it is worth it; about 4 MB.
  private static let softLimit: Int32 = 1000

  private let queue = DispatchQueue(label: "swiftclaw.sqlite.checkpoint", qos: .utility)
  private let isBusy = Atomic(false)
  private let path: String
  private var connection: SQLiteConnection?

  /// - Parameter path: The database file.
  init(connection: sending SQLiteConnection, path: String) {
    self.connection = connection
    self.path = path
  }

  /// Told after each commit how many pages the log holds.
  func logGrew(to pages: Int32) {
    guard pages >= Self.softLimit,
      isBusy.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged
    else { return }
    queue.async {
      // PASSIVE waits for nobody. What it can't move (disk full, a long reader) is tried again after the next commits.
      try? self.connection?.run("PRAGMA wal_checkpoint(PASSIVE)")
      self.isBusy.store(false, ordering: .releasing)
    }
  }

  /// Makes sure that the log, and the entry of it in its folder, are on the disk. Takes no lock of SQLite.
  func sync() async throws {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      queue.async {
        continuation.resume(with: Result { try self.syncNow() })
      }
    }
  }

  private func syncNow() throws {
    // Without a log all is in the database file, where a checkpoint has put and synced it.
    try syncFile(path + "-wal", mayBeMissing: true)
    let folder = path.lastIndex(ofASCII: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    try syncFile(folder, mayBeMissing: false)
  }

  /// Moves all of the log and cuts it, if no other process keeps it from that for longer than the connection waits.
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
