import CSQLite
import ClawCore
import Synchronization

/// SQLite in WAL mode: one writer that commits in groups, readers beside it.
public final class SQLiteDatabase: Database {
  public let engine = "sqlite"
  private let writer: SQLiteWriter
  private let readers: [SQLiteReader]
  private let nextReader = Atomic(0)
  private let checkpointer: SQLiteCheckpointer

  /// Opens the file, making it if there is none.
  /// - Throws: ``DatabaseError`` `io` if it can't be opened or is no database.
  public init(_ configuration: SQLiteConfiguration) throws(DatabaseError) {
    let first = try SQLiteConnection(path: configuration.path, readOnly: false)
    try first.run("PRAGMA journal_mode = WAL")
    try first.run("PRAGMA synchronous = \(configuration.synchronous.rawValue)")
    try first.run("PRAGMA foreign_keys = OFF")
    // 16 MB of pages for the writer; readers share the operating system's cache.
    try first.run("PRAGMA cache_size = -16000")
    // After a burst the log is cut back to 8 MB.
    try first.run("PRAGMA journal_size_limit = 8388608")
    if let pages = configuration.maxPages { try first.run("PRAGMA max_page_count = \(pages)") }
    let checkpointer = SQLiteCheckpointer(
      connection: try SQLiteConnection(path: configuration.path, readOnly: false))
    self.checkpointer = checkpointer
    first.onWrite(Unmanaged.passUnretained(checkpointer).toOpaque()) { context, _, _, pages in
      if let context {
        Unmanaged<SQLiteCheckpointer>.fromOpaque(context).takeUnretainedValue().logGrew(to: pages)
      }
      return SQLITE_OK
    }
    writer = SQLiteWriter(connection: first, maxGroup: configuration.maxGroup)
    var readers: [SQLiteReader] = []
    for _ in 0..<configuration.readers {
      readers.append(SQLiteReader(connection: try SQLiteConnection(path: configuration.path, readOnly: true)))
    }
    self.readers = readers
  }

  public func read<T: Sendable>(
    as scope: DatabaseScope, _ body: @escaping @Sendable (any DatabaseConnection) throws -> T
  ) async throws -> T {
    let turn = nextReader.wrappingAdd(1, ordering: .relaxed).oldValue
    return try await readers[abs(turn % readers.count)].perform(body)
  }

  public func write<T: Sendable>(
    as scope: DatabaseScope, _ body: @escaping @Sendable (any DatabaseConnection) throws -> T
  ) async throws -> T {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<T, any Error>) in
      var result: T?
      let job = SQLiteWriter.Job(
        perform: { result = try body($0) },
        finish: { error in
          if let error {
            continuation.resume(throwing: error)
          } else if let result {
            continuation.resume(returning: result)
          } else {
            continuation.resume(throwing: ClawError(.internalError, "a write finished without its result"))
          }
        })
      if !writer.enqueue(job) {
        continuation.resume(throwing: DatabaseError(kind: .closed, code: 0, message: "closed").claw)
      }
    }
  }

  public func sync() async throws {
    try await checkpointer.sync()
  }

  public func close() async {
    await withCheckedContinuation { continuation in writer.close { continuation.resume() } }
    for reader in readers { await reader.close() }
    await checkpointer.close()
  }
}
