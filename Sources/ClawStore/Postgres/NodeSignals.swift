import ClawJSON
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Hints that the nodes of one database send each other by LISTEN and NOTIFY about commits that may concern them.
/// Delivery is not guaranteed; consumers must also poll.
///
/// They use a separate connection and are sent after the commit: a transaction that executes NOTIFY holds a
/// database-wide lock while it commits. The connection blocks a thread of its own, which batches pending hints into few
/// notifications.
public final class NodeSignals: Sendable {
  private static let channel = "swiftclaw"
  /// Longest payload of one notification, in bytes; PostgreSQL allows less than 8,000.
  private static let maxPayload = 7_900
  /// Pending hints; further ones are dropped.
  private static let maxPending = 20_000
  /// Notifications per transaction.
  private static let maxBatch = 64
  /// Least time between two sends; hints that arrive meanwhile are batched into the second.
  private static let pause: Duration = .milliseconds(5)
  private static let reconnectPause: Duration = .milliseconds(500)

  private struct State {
    var pending: [String] = []
    var isRunning = false
    var isStopped = false
    var isConnected = false
    var isPooled = false
    /// Write end of the pipe that wakes the thread; -1 while there is none.
    var wakeEnd: Int32 = -1
  }

  private let configuration: PostgresConfiguration
  private let state = Mutex(State())

  init(_ configuration: PostgresConfiguration) {
    self.configuration = configuration
  }

  /// Whether hints of other nodes are being received now.
  public var isConnected: Bool { state.withLock { $0.isConnected } }

  /// Whether a transaction pooler is in between, which does not support LISTEN: each node then has to poll.
  public var isPooled: Bool { state.withLock { $0.isPooled } }

  /// Sends a hint to the other nodes. It must have no line breaks and be at most a few hundred bytes long. Never
  /// blocks; the hint is dropped if the connection is not running.
  public func send(_ hint: String) {
    state.withLock { state in
      guard state.isRunning, !state.isStopped, state.pending.count < Self.maxPending,
        hint.utf8.count <= Self.maxPayload
      else { return }
      state.pending.append(hint)
      if state.pending.count == 1 { Self.wake(state.wakeEnd) }
    }
  }

  /// The hints of the other nodes, until the reading task is cancelled. Call it once. When the buffer is full, new
  /// hints are dropped. Yields an empty array each time the connection is established or re-established.
  public func received() -> AsyncStream<[String]> {
    AsyncStream(bufferingPolicy: .bufferingOldest(1_000)) { continuation in
      var ends: [Int32] = [0, 0]
      guard pipe(&ends) == 0 else { return continuation.finish() }
      for end in ends {
        _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        _ = fcntl(end, F_SETFL, O_NONBLOCK)
      }
      let (readEnd, writeEnd) = (ends[0], ends[1])
      state.withLock { state in
        state.isRunning = true
        state.wakeEnd = writeEnd
      }
      let isStarted = PosixThread.start { [self] in
        listen(waking: readEnd) { continuation.yield($0) }
        state.withLock { $0.wakeEnd = -1 }
        close(readEnd)
        close(writeEnd)
        continuation.finish()
      }
      guard isStarted else { return continuation.finish() }
      continuation.onTermination = { [self] _ in stop() }
    }
  }

  private func stop() {
    state.withLock { state in
      state.isStopped = true
      Self.wake(state.wakeEnd)
    }
  }

  private static func wake(_ end: Int32) {
    var byte: UInt8 = 0
    if end >= 0 { _ = write(end, &byte, 1) }
  }

  // MARK: - Thread

  private func listen(waking wakeEnd: Int32, _ deliver: ([String]) -> Void) {
    while !state.withLock(\.isStopped) {
      do {
        let connection = try PostgresConnection(configuration)
        guard !connection.isPooled else {
          return state.withLock { state in
            (state.isPooled, state.isRunning) = (true, false)
            state.pending = []
          }
        }
        // Hints may be lost, so their commits need not wait for the disk.
        connection.owner.patience = configuration.wait
        try connection.run("SET synchronous_commit = off; LISTEN \(Self.channel)")
        state.withLock { $0.isConnected = true }
        deliver([])
        try serve(connection, waking: wakeEnd, deliver)
      } catch {
        state.withLock { state in
          state.isConnected = false
          // Pending hints are stale by the time the database is reachable again.
          state.pending = []
        }
        wait(for: [wakeEnd], Self.reconnectPause)
        Self.drain(wakeEnd)
      }
    }
    state.withLock { $0.isConnected = false }
  }

  private func serve(
    _ connection: PostgresConnection, waking wakeEnd: Int32, _ deliver: ([String]) -> Void
  ) throws(DatabaseError) {
    var mayFollow = ContinuousClock.now
    while true {
      let isQuiet = !wait(for: [connection.socket, wakeEnd], configuration.quietTime)
      Self.drain(wakeEnd)
      // Without traffic, a dead peer is indistinguishable from an idle one.
      if isQuiet { try connection.run("SELECT 1") }
      if state.withLock({ !$0.pending.isEmpty }) {
        let early = ContinuousClock.now.duration(to: mayFollow)
        if early > .zero { wait(for: [], early) }
        Self.drain(wakeEnd)
        mayFollow = .now + Self.pause
      }
      let (hints, isStopped) = state.withLock { state in
        defer { state.pending = [] }
        return (state.pending, state.isStopped)
      }
      if isStopped { return }
      try send(hints, on: connection)
      let received = try connection.notifications().flatMap { $0.split(at: "\n").map(String.init) }
      if !received.isEmpty { deliver(received) }
    }
  }

  private func send(_ hints: [String], on connection: PostgresConnection) throws(DatabaseError) {
    var payloads: [String] = []
    for hint in hints {
      if let last = payloads.last, last.utf8.count + 1 + hint.utf8.count <= Self.maxPayload {
        payloads[payloads.count - 1] += "\n" + hint
      } else {
        payloads.append(hint)
      }
    }
    while !payloads.isEmpty {
      let calls = payloads.prefix(Self.maxBatch).map { "pg_notify('\(Self.channel)', \(PostgresText.literal($0)))" }
      try connection.run("SELECT " + calls.joined(separator: ", "))
      payloads.removeFirst(calls.count)
    }
  }

  /// Waits until one of the descriptors is readable; false on timeout.
  @discardableResult
  private func wait(for descriptors: [Int32], _ time: Duration) -> Bool {
    var polled = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    return poll(&polled, nfds_t(polled.count), Int32(clamping: time.milliseconds)) > 0
  }

  private static func drain(_ end: Int32) {
    var buffer = [UInt8](repeating: 0, count: 64)
    while read(end, &buffer, buffer.count) > 0 {}
  }
}
