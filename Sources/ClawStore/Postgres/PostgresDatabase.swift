import ClawCore

/// PostgreSQL through libpq: a pool of connections, each with a thread of its own that it may block.
public final class PostgresDatabase: Database {
  public let engine = "postgres"
  private let pool: PostgresPool
  private let wait: Duration

  /// Starts the threads; each connects when there is something to do.
  /// - Throws: ``ClawError`` `failedPrecondition` if libpq is not installed, `unavailable` if there can be no threads.
  public init(_ configuration: PostgresConfiguration) throws(ClawError) {
    try PostgresLibrary.require()
    wait = configuration.wait
    do {
      pool = try PostgresPool(configuration)
    } catch {
      throw error.claw
    }
  }

  deinit { pool.close {} }

  public func read<T: Sendable>(
    as scope: DatabaseScope, _ body: @escaping @Sendable (any DatabaseConnection) throws -> T
  ) async throws -> T {
    try await perform(scope, writes: false, body)
  }

  public func write<T: Sendable>(
    as scope: DatabaseScope, _ body: @escaping @Sendable (any DatabaseConnection) throws -> T
  ) async throws -> T {
    try await perform(scope, writes: true, body)
  }

  private func perform<T: Sendable>(
    _ scope: DatabaseScope, writes: Bool, _ body: @escaping @Sendable (any DatabaseConnection) throws -> T
  ) async throws -> T {
    let deadline = ContinuousClock.now + wait
    return try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<T, any Error>) in
      pool.enqueue(
        PostgresPool.Job(
          deadline: deadline,
          perform: { worker in
            continuation.resume(
              with: Result { try worker.perform(scope, writes: writes, until: deadline, body) })
          },
          refuse: { continuation.resume(throwing: $0.claw) }))
    }
  }

  /// Does nothing: each commit has waited for the server's disk.
  public func sync() async throws {}

  public func close() async {
    await withCheckedContinuation { continuation in pool.close { continuation.resume() } }
  }
}
