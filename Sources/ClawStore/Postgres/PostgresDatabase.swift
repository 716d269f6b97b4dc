import CPostgres
import ClawCore

/// PostgreSQL through libpq: a pool of connections, each with a thread that it may block.
public final class PostgresDatabase: Database {
  public let engine = "postgres"
  private let pool: PostgresPool
  private let wait: Duration
  private let probes = PostgresProbe()

  /// Starts the threads; each connects on first use.
  /// - Throws: ``ClawError`` `failedPrecondition` if libpq is not installed or can't parse the connection string,
  ///   `unavailable` if no thread can be created.
  public init(_ configuration: PostgresConfiguration) throws(ClawError) {
    try PostgresLibrary.require()
    let problem =
      PostgresConfiguration.problem(ofDSN: configuration.dsn)
      ?? (cpostgres_can_read(configuration.dsn) != 0
        ? nil : "can't be read by libpq; %, @, / and : in a user or a password are written %25, %40, %2F and %3A")
    if let problem { throw ClawError(.failedPrecondition, "SWIFTCLAW_POSTGRES_DSN \(problem)") }
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

  public func write<T: Sendable>(
    as scope: DatabaseScope, concerning key: String,
    _ body: @escaping @Sendable (any DatabaseConnection, DeferredResult<T>) throws -> Void
  ) async throws -> T {
    let deadline = ContinuousClock.now + wait
    return try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<T, any Error>) in
      let alone = job(scope, writes: true, until: deadline, continuation) { connection -> DeferredResult<T> in
        let later = DeferredResult<T>()
        try body(connection, later)
        return later
      } value: {
        try $0.value()
      }
      let share = GroupedWrite(
        key: key, deadline: deadline,
        begin: { connection in
          let later = DeferredResult<T>()
          try body(connection, later)
          return { continuation.resume(with: Result { try later.value() }) }
        },
        fail: { continuation.resume(throwing: $0) }, alone: alone)
      pool.enqueue(share, as: scope)
    }
  }

  private func perform<T: Sendable>(
    _ scope: DatabaseScope, writes: Bool, _ body: @escaping @Sendable (any DatabaseConnection) throws -> T
  ) async throws -> T {
    let deadline = ContinuousClock.now + wait
    return try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<T, any Error>) in
      pool.enqueue(job(scope, writes: writes, until: deadline, continuation, body) { $0 })
    }
  }

  /// - Parameter value: Called once, when all results that the body's return value depends on have arrived.
  private func job<Body, T: Sendable>(
    _ scope: DatabaseScope, writes: Bool, until deadline: ContinuousClock.Instant,
    _ continuation: CheckedContinuation<T, any Error>,
    _ body: @escaping @Sendable (any DatabaseConnection) throws -> Body,
    value: @escaping @Sendable (Body) throws -> T
  ) -> PostgresPool.Job {
    PostgresPool.Job(
      deadline: deadline,
      perform: { worker in
        continuation.resume(
          with: Result { try value(try worker.perform(scope, writes: writes, until: deadline, body)) })
      },
      refuse: { continuation.resume(throwing: $0.claw) })
  }

  /// Executes a write and reports within `limit` whether it succeeded, even if the server hangs.
  public func probe(within limit: Duration) async throws {
    let deadline = ContinuousClock.now + limit
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      guard let (id, begins) = probes.add(continuation) else { return }
      pool.call(at: deadline) { [probes] in probes.giveUp(id) }
      guard begins else { return }
      let job = PostgresPool.Job(
        deadline: deadline,
        perform: { [probes] worker in
          // Every writing transaction stores its worker's mark, so an empty one suffices. A row shared by all nodes
          // could be locked by a node that was cut off, and the others would look unhealthy.
          probes.end(Result { try worker.perform(.node, writes: true, until: deadline) { _ in } })
        },
        refuse: { [probes] in probes.end(.failure($0.claw)) })
      pool.enqueue(job)
    }
  }

  /// Transactions waiting for a connection.
  var waiting: Int { pool.waiting }

  /// Does nothing: each commit has already been flushed by the server.
  public func sync() async throws {}

  public func close() async {
    await withCheckedContinuation { continuation in pool.close { continuation.resume() } }
  }
}
