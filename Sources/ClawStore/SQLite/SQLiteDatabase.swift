import CSQLite
import ClawCore

/// SQLite in WAL mode: one writer with group commit, and concurrent readers.
public final class SQLiteDatabase: Database {
  public let engine = "sqlite"
  private let writer: SQLiteWriter
  private let readers: SQLiteReaderPool
  private let checkpointer: SQLiteCheckpointer
  private let file: SQLiteFile
  private let configuration: SQLiteConfiguration
  private let probes = SQLiteProbes()

  /// Opens the file, or creates it.
  /// - Throws: ``DatabaseError`` if it can't be opened or is not a database.
  public init(_ configuration: SQLiteConfiguration) throws(DatabaseError) {
    self.configuration = configuration
    let first = try Self.connect(configuration, readOnly: false)
    try first.run("PRAGMA journal_mode = WAL")
    try first.run("PRAGMA synchronous = \(configuration.synchronous.rawValue)")
    try first.run("PRAGMA foreign_keys = OFF")
    // 16 MB page cache for the writer; readers rely on the operating system's cache.
    try first.run("PRAGMA cache_size = -16000")
    // After a burst the log is truncated to 16 MB, which it reaches under load (CheckpointTrigger).
    try first.run("PRAGMA journal_size_limit = 16777216")
    if let pages = configuration.maxPages { try first.run("PRAGMA max_page_count = \(pages)") }
    let checkpointer = SQLiteCheckpointer(
      connection: try Self.connect(configuration, readOnly: false), path: configuration.path)
    self.checkpointer = checkpointer
    first.onWrite(Unmanaged.passUnretained(checkpointer).toOpaque()) { context, _, _, pages in
      if let context {
        Unmanaged<SQLiteCheckpointer>.fromOpaque(context).takeUnretainedValue().logGrew(to: pages)
      }
      return SQLITE_OK
    }
    let file = SQLiteFile(path: configuration.path)
    file.opened()
    self.file = file
    writer = SQLiteWriter(connection: first, file: file, maxGroup: configuration.maxGroup)
    var readers: [SQLiteReaderPool.Reader] = []
    for _ in 0..<configuration.readers {
      readers.append(SQLiteReaderPool.Reader(try Self.connect(configuration, readOnly: true)))
    }
    self.readers = SQLiteReaderPool(readers, maxWaiting: configuration.maxWaitingReads)
  }

  private static func connect(
    _ configuration: SQLiteConfiguration, readOnly: Bool
  ) throws(DatabaseError) -> SQLiteConnection {
    try SQLiteConnection(
      path: configuration.path, readOnly: readOnly,
      limits: SQLiteLimits(busy: configuration.wait, busyAtClose: configuration.waitAtClose))
  }

  public func read<T: Sendable>(
    as scope: DatabaseScope, _ body: @escaping @Sendable (any DatabaseConnection) throws -> T
  ) async throws -> T {
    let (file, limit) = (file, configuration.readTimeout)
    return try await withCheckedThrowingContinuation { continuation in
      readers.enqueue(
        SQLiteReaderPool.Read(
          deadline: .now + configuration.wait,
          perform: { connection in
            continuation.resume(with: Result { try Self.read(on: connection, of: file, within: limit, body) })
          },
          refuse: { continuation.resume(throwing: $0.claw) }))
    }
  }

  private static func read<T>(
    on connection: SQLiteConnection, of file: SQLiteFile, within limit: Duration,
    _ body: (any DatabaseConnection) throws -> T
  ) throws -> T {
    do {
      connection.limits.limit(to: limit)
      defer { connection.limits.limit(to: nil) }
      try connection.run("BEGIN")
      defer { try? connection.run("COMMIT") }
      return try body(connection)
    } catch let error as DatabaseError {
      file.note(error)
      throw error.claw
    }
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

  public var fault: StoreFault? { file.fault }

  public func observeFaults(_ observer: @escaping @Sendable (StoreFault) -> Void) {
    file.observe(observer)
  }

  public func look() async { await writer.look() }

  public func probe(within limit: Duration) async throws {
    try await probes.join(within: limit) { [writer] done in
      let job = SQLiteWriter.Job(perform: { try NodeTransaction(connection: $0).state.noteProbe() }, finish: done)
      if !writer.enqueue(job) { done(DatabaseError(kind: .closed, code: 0, message: "closed").claw) }
    }
  }

  public func sync() async throws {
    try await checkpointer.sync()
  }

  public func close() async {
    await withCheckedContinuation { continuation in writer.close { continuation.resume() } }
    await readers.close()
    await checkpointer.close()
  }
}
