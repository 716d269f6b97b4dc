import Dispatch
import Synchronization

/// Moves what the write-ahead log holds into the database file, on a connection and a thread of its own, so that no
/// writer waits for it.
///
/// `@unchecked Sendable`: `connection` is touched on `queue` alone, which is serial.
final class SQLiteCheckpointer: @unchecked Sendable {
  /// Pages in the log from which on it is worth it; about 4 MB.
  private static let softLimit: Int32 = 1000
  /// Pages from which on the writer has to wait for the log to begin anew; about 128 MB.
  private static let hardLimit: Int32 = 32_000

  private let queue = DispatchQueue(label: "swiftclaw.sqlite.checkpoint", qos: .utility)
  private let isBusy = Atomic(false)
  private var connection: SQLiteConnection?

  init(connection: sending SQLiteConnection) {
    self.connection = connection
  }

  /// Told after each commit how many pages the log holds.
  func logGrew(to pages: Int32) {
    guard pages >= Self.softLimit,
      isBusy.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged
    else { return }
    queue.async {
      // A checkpoint that fails (disk full, a long reader) is tried again after the next commits.
      try? self.connection?.run(
        pages >= Self.hardLimit ? "PRAGMA wal_checkpoint(RESTART)" : "PRAGMA wal_checkpoint(PASSIVE)")
      self.isBusy.store(false, ordering: .releasing)
    }
  }

  /// Moves all of the log, which makes SQLite wait for the disk.
  func sync() async throws {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      queue.async {
        do {
          try self.connection?.run("PRAGMA wal_checkpoint(TRUNCATE)")
          continuation.resume()
        } catch {
          continuation.resume(throwing: (error as? DatabaseError)?.claw ?? error)
        }
      }
    }
  }

  func close() async {
    await withCheckedContinuation { continuation in
      queue.async {
        self.connection = nil
        continuation.resume()
      }
    }
  }
}
