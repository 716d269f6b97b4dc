import ClawCore
import DequeModule
import Dispatch
import Synchronization

/// Reading connections that share one queue, so that a slow read delays nothing but itself.
final class SQLiteReaderPool: Sendable {
  /// A read waiting for a connection.
  struct Read: Sendable {
    let deadline: ContinuousClock.Instant
    let perform: @Sendable (SQLiteConnection) -> Void
    let refuse: @Sendable (DatabaseError) -> Void
  }

  /// One connection and its thread.
  ///
  /// `@unchecked Sendable`: `connection` is accessed on `queue` alone, which is serial.
  final class Reader: @unchecked Sendable {
    fileprivate let queue = DispatchQueue(label: "swiftclaw.sqlite.reader", qos: .userInitiated)
    fileprivate let limits: SQLiteLimits
    fileprivate var connection: SQLiteConnection?

    init(_ connection: sending SQLiteConnection) {
      limits = connection.limits
      self.connection = connection
    }
  }

  private struct State {
    /// At most ``maxWaiting``.
    var waiting: Deque<Read> = []
    var idle: [Reader]
    var hasTimer = false
    var isClosed = false
  }

  private let readers: [Reader]
  private let state: Mutex<State>
  private let maxWaiting: Int
  private let timer = DispatchQueue(label: "swiftclaw.sqlite.reader-timer", qos: .userInitiated)

  /// - Parameter maxWaiting: Reads that may wait for a connection; one more is rejected.
  init(_ readers: [Reader], maxWaiting: Int) {
    self.readers = readers
    state = Mutex(State(idle: readers))
    self.maxWaiting = maxWaiting
  }

  /// Hands a read to a free connection, queues it for the next one, or rejects it.
  func enqueue(_ read: Read) {
    let (refusal, reader, timerAt) = state.withLock { state -> (DatabaseError?, Reader?, ContinuousClock.Instant?) in
      if state.isClosed { return (DatabaseError(kind: .closed, code: 0, message: "closed"), nil, nil) }
      if let reader = state.idle.popLast() {
        state.waiting.append(read)
        return (nil, reader, nil)
      }
      guard state.waiting.count < maxWaiting else {
        return (DatabaseError(kind: .busy, code: 0, message: "too many reads wait for a connection"), nil, nil)
      }
      state.waiting.append(read)
      defer { state.hasTimer = true }
      return (nil, nil, state.hasTimer ? nil : read.deadline)
    }
    if let refusal { return read.refuse(refusal) }
    if let reader { reader.queue.async { self.work(reader) } }
    if let timerAt { refuseLate(from: timerAt) }
  }

  private func work(_ reader: Reader) {
    while let connection = reader.connection {
      let next = state.withLock { state -> Read? in
        guard let read = state.waiting.popFirst() else {
          state.idle.append(reader)
          return nil
        }
        return read
      }
      guard let next else { return }
      next.perform(connection)
    }
  }

  /// Rejects reads past their deadline while all connections are busy, for as long as any read waits.
  private func refuseLate(from time: ContinuousClock.Instant) {
    let delay = max(.zero, time - .now)
    timer.asyncAfter(deadline: .now() + .milliseconds(Int(delay.milliseconds) + 1)) {
      let (late, next) = self.state.withLock { state -> ([Read], ContinuousClock.Instant?) in
        let now = ContinuousClock.now
        let late = Array(state.waiting.prefix { $0.deadline <= now })
        state.waiting.removeFirst(late.count)
        state.hasTimer = !state.waiting.isEmpty
        return (late, state.waiting.first?.deadline)
      }
      let busy = DatabaseError(kind: .busy, code: 0, message: "no connection became free in time")
      for read in late { read.refuse(busy) }
      if let next { self.refuseLate(from: next) }
    }
  }

  /// Aborts running reads, rejects waiting ones, and closes the connections.
  func close() async {
    let waiting = state.withLock { state -> [Read] in
      state.isClosed = true
      defer { state.waiting = [] }
      return Array(state.waiting)
    }
    let closed = DatabaseError(kind: .closed, code: 0, message: "closed")
    for read in waiting { read.refuse(closed) }
    for reader in readers { reader.limits.close() }
    for reader in readers {
      await withCheckedContinuation { continuation in
        reader.queue.async {
          reader.connection = nil
          continuation.resume()
        }
      }
    }
  }
}
