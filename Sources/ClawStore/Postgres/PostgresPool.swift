import DequeModule
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Threads that do transactions, each on a connection of its own, and the queue that they take them from.
///
/// `@unchecked Sendable`: all that changes is touched with `mutex` held; the C objects never move and are freed when
/// nobody is left who knows them.
final class PostgresPool: @unchecked Sendable {
  /// A transaction that waits for a thread.
  struct Job: Sendable {
    /// Until when it may wait.
    let deadline: ContinuousClock.Instant
    let perform: @Sendable (PostgresWorker) -> Void
    let refuse: @Sendable (DatabaseError) -> Void
  }

  /// How often it is looked for jobs that have waited too long, in microseconds.
  private static let lookInterval: UInt32 = 100_000

  private let configuration: PostgresConfiguration
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  /// At most ``PostgresConfiguration/maxWaiting``.
  private var jobs: Deque<Job> = []
  private var isClosed = false
  private var running = 0
  private var whenClosed: [@Sendable () -> Void] = []

  init(_ configuration: PostgresConfiguration) throws(DatabaseError) {
    self.configuration = configuration
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(changed, nil)
    for _ in 0..<configuration.pool { try start { $0.work() } }
    try start { $0.refuseLate() }
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    changed.deallocate()
    mutex.deallocate()
  }

  /// Hands a job to the next thread that is free, or refuses it.
  func enqueue(_ job: Job) {
    let refusal = locked { () -> DatabaseError? in
      if isClosed { return DatabaseError(kind: .closed, code: 0, message: "closed") }
      if jobs.count >= configuration.maxWaiting {
        return DatabaseError(kind: .busy, code: 0, message: "too many transactions wait for a connection")
      }
      jobs.append(job)
      pthread_cond_signal(changed)
      return nil
    }
    if let refusal { job.refuse(refusal) }
  }

  /// Lets the threads finish what waits, then calls `done`.
  func close(_ done: @escaping @Sendable () -> Void) {
    let isOver = locked {
      isClosed = true
      if running > 0 { whenClosed.append(done) }
      pthread_cond_broadcast(changed)
      return running == 0
    }
    if isOver { done() }
  }

  private func work() {
    let worker = PostgresWorker(configuration)
    while true {
      let job = locked { () -> Job? in
        while jobs.isEmpty, !isClosed { pthread_cond_wait(changed, mutex) }
        return jobs.popFirst()
      }
      guard let job else { return }
      job.perform(worker)
    }
  }

  /// Refuses what has waited too long while all threads are held up. Looks a few times a second.
  private func refuseLate() {
    while true {
      let late = locked { () -> [Job]? in
        if isClosed { return nil }
        var late: [Job] = []
        while let first = jobs.first, first.deadline < .now { late.append(jobs.removeFirst()) }
        return late
      }
      guard let late else { return }
      let busy = DatabaseError(kind: .busy, code: 0, message: "no connection became free in time")
      for job in late { job.refuse(busy) }
      usleep(Self.lookInterval)
    }
  }

  private func start(_ body: @escaping @Sendable (PostgresPool) -> Void) throws(DatabaseError) {
    locked { running += 1 }
    let isStarted = PosixThread.start { [self] in
      body(self)
      ended()
    }
    guard !isStarted else { return }
    ended()
    close {}
    throw DatabaseError(kind: .io, code: 0, message: "no thread can be started")
  }

  private func ended() {
    let waiting = locked { () -> [@Sendable () -> Void] in
      running -= 1
      guard running == 0, isClosed else { return [] }
      defer { whenClosed = [] }
      return whenClosed
    }
    for done in waiting { done() }
  }

  private func locked<T>(_ body: () -> T) -> T {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body()
  }
}
