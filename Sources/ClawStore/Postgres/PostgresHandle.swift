import CPostgres
import ClawJSON

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A libpq connection and the waiting for its results. Used on one thread, which it blocks.
///
/// A separate object, so that the connection is closed even if ``PostgresConnection`` throws in its initializer: Swift
/// does not run the `deinit` of an object that was not fully initialized.
///
/// Every wait has a timeout. A peer may keep a connection open without ever answering: a load balancer that lost its
/// server, a server whose disk hangs. TCP keepalives don't detect that, since the peer's kernel answers them.
final class PostgresHandle {
  let pointer: OpaquePointer
  /// How long to wait for one result.
  var patience: Duration
  /// Why the connection is unusable although its socket is open; nil while it may be used.
  private(set) var givenUp: String?
  private let watch: PostgresMonitor

  /// How often a thread that waits for a result checks whether its pool is closing.
  static let lookInterval: Duration = .milliseconds(100)

  /// Connects, for at most ``PostgresConfiguration/connectTimeout`` per address of the server.
  /// - Throws: `io` if the server is unreachable or rejects the connection, or if libpq is missing.
  init(_ configuration: PostgresConfiguration, _ watch: PostgresMonitor) throws(DatabaseError) {
    // No libpq function may be called before this.
    do { try PostgresLibrary.require() } catch { throw DatabaseError(kind: .io, code: 0, message: error.message) }
    let timeout = ("connect_timeout", String(max(2, configuration.connectTimeout.milliseconds / 1000)))
    // Options before `dbname` are defaults that the connection string overrides; those after it override the string.
    var options = [
      timeout, ("application_name", "swiftclaw"), ("keepalives_idle", "10"), ("keepalives_interval", "5"),
      ("keepalives_count", "3"), ("tcp_user_timeout", "20000"), ("dbname", configuration.dsn),
      ("client_encoding", "UTF8"),
    ]
    // 0 means no timeout.
    if cpostgres_waits_forever(configuration.dsn) != 0 { options.append(timeout) }
    let keywords = CStrings(options.map(\.0))
    let values = CStrings(options.map(\.1))
    guard let opened = cpostgres_connect(keywords.pointers, values.pointers) else {
      throw DatabaseError(kind: .io, code: 0, message: "out of memory")
    }
    pointer = opened
    patience = configuration.connectTimeout
    self.watch = watch
    guard isAlive, cpostgres_set_nonblocking(pointer) != 0 else {
      throw DatabaseError(kind: .io, code: 0, message: reason)
    }
  }

  deinit { cpostgres_finish(pointer) }

  var isAlive: Bool { givenUp == nil && cpostgres_status(pointer) == CPOSTGRES_CONNECTION_OK }

  /// Why the connection was lost, in one line.
  var reason: String {
    if let givenUp { return givenUp }
    let words = cpostgres_error(pointer).map { String(cString: $0) } ?? ""
    let line = words.oneLine(joinedBy: "; ")
    return line.isEmpty ? "the connection is lost" : line
  }

  /// Runs one or more statements that have no parameters.
  /// - Returns: The last result, to be cleared; nil if the connection is lost.
  func run(_ sql: String) -> OpaquePointer? {
    cpostgres_send_query(pointer, sql) == 0 ? nil : lastResult()
  }

  /// Runs an unnamed statement.
  /// - Returns: The result, to be cleared; nil if the connection is lost.
  func run(_ sql: String, _ parameters: PostgresParameters) -> OpaquePointer? {
    let isSent = parameters.withArrays { texts, lengths, formats in
      cpostgres_send_parameters(pointer, sql, parameters.count, parameters.types, texts, lengths, formats) != 0
    }
    return isSent ? lastResult() : nil
  }

  private func lastResult() -> OpaquePointer? {
    var last: OpaquePointer?
    while let result = next() {
      if let last { cpostgres_clear(last) }
      last = result
    }
    guard givenUp != nil, let known = last else { return last }
    cpostgres_clear(known)
    return nil
  }

  /// The next result, to be cleared; nil after a statement's last one, and if the connection is lost.
  func next() -> OpaquePointer? {
    isAnswered() ? cpostgres_next_result(pointer) : nil
  }

  /// Waits until libpq has the next result, or knows that there is none. False on timeout.
  private func isAnswered() -> Bool {
    guard givenUp == nil else { return false }
    var deadline: ContinuousClock.Instant?
    var mayHoldMore = false
    while true {
      let unsent = cpostgres_flush(pointer) == 1
      guard cpostgres_is_busy(pointer) != 0 else { return true }
      if mayHoldMore {
        // TLS may have decoded more than was read; polling the socket does not show that.
        mayHoldMore = false
        guard cpostgres_consume_input(pointer) != 0 else { return true }
        continue
      }
      let now = ContinuousClock.now
      let end = deadline ?? now + patience
      deadline = end
      guard now < end else {
        watch.foundSilent()
        return giveUp("the server did not answer within \(patience.milliseconds) ms")
      }
      guard !watch.isStopped else { return giveUp("the gateway is stopping") }
      let socket = cpostgres_socket(pointer)
      guard socket >= 0 else { return true }
      var polled = pollfd(fd: socket, events: Int16(unsent ? POLLIN | POLLOUT : POLLIN), revents: 0)
      let time = min(Self.lookInterval, now.duration(to: end))
      guard poll(&polled, 1, Int32(clamping: time.milliseconds + 1)) > 0 else { continue }
      guard polled.revents & ~Int16(POLLOUT) != 0 else { continue }
      guard cpostgres_consume_input(pointer) != 0 else { return true }
      mayHoldMore = true
    }
  }

  private func giveUp(_ reason: String) -> Bool {
    givenUp = reason
    return false
  }
}
