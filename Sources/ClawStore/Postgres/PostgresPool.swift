#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Threads that run transactions, each on a connection of its own, and the queue that feeds them.
///
/// `@unchecked Sendable`: mutable state is accessed with `mutex` held; the C objects never move and are freed when the
/// last reference is released.
final class PostgresPool: @unchecked Sendable {
  /// A transaction waiting for a thread.
  struct Job: Sendable {
    /// When it stops waiting.
    let deadline: ContinuousClock.Instant
    let perform: @Sendable (PostgresWorker) -> Void
    let refuse: @Sendable (DatabaseError) -> Void
  }

  /// Interval between checks for jobs past their deadline, in microseconds.
  private static let lookInterval: UInt32 = 100_000

  private let configuration: PostgresConfiguration
  private let watch = PostgresMonitor()
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  /// At most ``PostgresConfiguration/maxWaiting``.
  private var queue = PostgresQueue()
  /// When the threads must have finished; nil until the pool is closing.
  private var closesBy: ContinuousClock.Instant?
  /// Whether the pool has stopped waiting for its threads.
  private var isLetGo = false
  /// Timers; their number is bounded by the callers.
  private var calls: [(at: ContinuousClock.Instant, action: @Sendable () -> Void)] = []
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

  /// Enqueues a job for the next free thread, or rejects it.
  func enqueue(_ job: Job) {
    let refusal = locked { () -> DatabaseError? in
      if let closed = self.refusal { return closed }
      queue.add(job)
      pthread_cond_signal(changed)
      return nil
    }
    if let refusal { job.refuse(refusal) }
  }

  /// Enqueues a write that may share its transaction with other waiting writes.
  func enqueue(_ share: GroupedWrite, as scope: DatabaseScope) {
    let refusal = locked { () -> DatabaseError? in
      if let closed = self.refusal { return closed }
      if queue.add(share, as: scope) { pthread_cond_signal(changed) }
      return nil
    }
    if let refusal { share.alone.refuse(refusal) }
  }

  /// Calls `action` at `time` or soon after, on a thread of the pool; immediately if the pool has shut down.
  func call(at time: ContinuousClock.Instant, _ action: @escaping @Sendable () -> Void) {
    let isGone = locked {
      if !isLetGo { calls.append((time, action)) }
      return isLetGo
    }
    if isGone { action() }
  }

  /// Why new jobs are rejected; nil if they are accepted.
  private var refusal: DatabaseError? {
    if closesBy != nil { return .closed }
    guard queue.count >= configuration.maxWaiting else { return nil }
    return DatabaseError(kind: .busy, code: 0, message: "too many transactions wait for a connection")
  }

  /// Jobs waiting for a thread.
  var waiting: Int { locked { queue.count } }

  /// Lets the threads finish the queue, then calls `done`; after ``PostgresConfiguration/wait`` it calls `done` in any
  /// case.
  func close(_ done: @escaping @Sendable () -> Void) {
    let isOver = locked {
      if closesBy == nil { closesBy = .now + configuration.wait }
      let isOver = running == 0 || isLetGo
      if !isOver { whenClosed.append(done) }
      pthread_cond_broadcast(changed)
      return isOver
    }
    if isOver { done() }
  }

  private func work() {
    let worker = PostgresWorker(configuration, watch)
    while true {
      let work = locked { () -> PostgresQueue.Work? in
        while true {
          if let work = queue.next() { return work }
          if closesBy != nil { return nil }
          pthread_cond_wait(changed, mutex)
        }
      }
      switch work {
      case .job(let job): job.perform(worker)
      case .shares(let shares, let scope): perform(shares, as: scope, worker)
      case nil: return
      }
    }
  }

  private func perform(_ shares: [GroupedWrite], as scope: DatabaseScope, _ worker: PostgresWorker) {
    let rest = worker.perform(scope, together: shares)
    locked {
      for share in rest { queue.add(alone(share, as: scope)) }
      if queue.finished(shares, leaving: rest, as: scope) || !rest.isEmpty { pthread_cond_broadcast(changed) }
    }
  }

  /// Retries a write that failed in its batch as a job of its own, so that a lock it waits for delays nothing else.
  /// Further writes of the same key wait until it has finished.
  private func alone(_ share: GroupedWrite, as scope: DatabaseScope) -> Job {
    let over: @Sendable () -> Void = { [self] in
      locked { if queue.freed(share, as: scope) { pthread_cond_signal(changed) } }
    }
    return Job(
      deadline: share.deadline,
      perform: { worker in
        share.alone.perform(worker)
        over()
      },
      refuse: { error in
        share.alone.refuse(error)
        over()
      })
  }

  /// Rejects jobs past their deadline while all threads are busy, and fires timers; checks a few times a second. While
  /// the pool is closing, it does so until the threads have finished or their time is up.
  private func refuseLate() {
    var isOver = false
    while !isOver {
      let now = ContinuousClock.now
      let late = locked { () -> [@Sendable (DatabaseError) -> Void] in
        // This thread counts among the running ones.
        isOver = closesBy.map { $0 <= now || running == 1 } ?? false
        return queue.takeLate(at: isOver ? nil : now)
      }
      let error = isOver ? .closed : DatabaseError(kind: .busy, code: 0, message: "no connection became free in time")
      for refuse in late { refuse(error) }
      for action in locked({ takeCalls(until: isOver ? nil : now) }) { action() }
      if !isOver { usleep(Self.lookInterval) }
    }
    // Threads that still wait for a result stop waiting; the outcome of their transactions is reported as unknown.
    watch.stop()
    let waiting = locked { () -> [@Sendable () -> Void] in
      isLetGo = true
      return takeCalls(until: nil) + takeWhenClosed()
    }
    for done in waiting { done() }
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
      return running == 0 && closesBy != nil ? takeWhenClosed() : []
    }
    for done in waiting { done() }
  }

  /// Removes the timers due by `time`, or all if that is nil.
  private func takeCalls(until time: ContinuousClock.Instant?) -> [@Sendable () -> Void] {
    let due = calls.filter { call in time.map { call.at <= $0 } ?? true }.map(\.action)
    if let time { calls.removeAll { $0.at <= time } } else { calls = [] }
    return due
  }

  private func takeWhenClosed() -> [@Sendable () -> Void] {
    defer { whenClosed = [] }
    return whenClosed
  }

  private func locked<T>(_ body: () -> T) -> T {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body()
  }
}
