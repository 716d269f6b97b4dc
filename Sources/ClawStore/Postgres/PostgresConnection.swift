import CPostgres

/// One connection to the server; used on one thread, which it blocks.
final class PostgresConnection: DatabaseConnection {
  let dialect = SQLDialect.postgres
  private let handle: OpaquePointer
  /// Whether each transaction may be served by another connection of the server; see ``PostgresConfiguration/Pooler``.
  let isPooled: Bool
  /// Names of prepared statements; all are forgotten when there are ``maxStatements``, which our fixed set never
  /// reaches.
  private var statements: [StatementKey: String] = [:]
  private static let maxStatements = 512
  /// What to do once the transaction is durable.
  private var commitActions: [@Sendable () -> Void] = []
  /// The first thing that went wrong in the transaction: the server takes nothing after it.
  private(set) var failure: DatabaseError?

  /// The types of the parameters belong to what is prepared.
  private struct StatementKey: Hashable {
    let sql: String
    let types: [UInt32]
  }

  /// - Throws: `io` if the server can't be reached or refuses.
  init(_ configuration: PostgresConfiguration) throws(DatabaseError) {
    // What comes first gives way to what the connection string says, and that to what comes last.
    let options = [
      ("connect_timeout", "5"), ("application_name", "swiftclaw"), ("keepalives_idle", "10"),
      ("keepalives_interval", "5"), ("keepalives_count", "3"), ("tcp_user_timeout", "20000"),
      ("dbname", configuration.dsn), ("client_encoding", "UTF8"),
    ]
    let keywords = CStrings(options.map(\.0))
    let values = CStrings(options.map(\.1))
    guard let opened = cpostgres_connect(keywords.pointers, values.pointers) else {
      throw DatabaseError(kind: .io, code: 0, message: "out of memory")
    }
    handle = opened
    guard cpostgres_status(handle) == CPOSTGRES_CONNECTION_OK else {
      isPooled = false
      throw lost("")
    }
    switch configuration.pooler {
    case .none: isPooled = false
    case .transaction: isPooled = true
    case .auto: isPooled = try Self.isPooled(handle)
    }
    // What would stay behind on a connection that others get next goes into each transaction instead.
    if !isPooled { try run(PostgresTransaction.settings(configuration, isLocal: false)) }
  }

  /// A pooler makes up the number of the process that it names when we connect.
  private static func isPooled(_ handle: OpaquePointer) throws(DatabaseError) -> Bool {
    guard let result = cpostgres_exec(handle, "SELECT pg_backend_pid()") else {
      throw DatabaseError(kind: .io, code: 0, message: "the connection is lost")
    }
    defer { cpostgres_clear(result) }
    guard cpostgres_result_status(result) == CPOSTGRES_TUPLES_OK, cpostgres_rows(result) == 1 else {
      let words = cpostgres_error(handle).map { String(cString: $0) } ?? ""
      throw DatabaseError(kind: .io, code: 0, message: words.isEmpty ? "the connection is lost" : words)
    }
    return PostgresRow(result: result, row: 0).integer(0) != Int64(cpostgres_backend_pid(handle))
  }

  deinit { cpostgres_finish(handle) }

  var isAlive: Bool { cpostgres_status(handle) == CPOSTGRES_CONNECTION_OK }
  var isIdle: Bool { cpostgres_transaction_status(handle) == CPOSTGRES_TRANSACTION_IDLE }
  /// Whether the server would answer a COMMIT by undoing everything.
  var isBroken: Bool { cpostgres_transaction_status(handle) == CPOSTGRES_TRANSACTION_INERROR }
  /// Such as 150010 for 15.10.
  var serverVersion: Int { Int(cpostgres_server_version(handle)) }

  /// Runs one or more statements that have no parameters, in one round trip.
  /// - Returns: the first column of the last one, if it had rows.
  @discardableResult
  func run(_ sql: String) throws(DatabaseError) -> String? {
    let result = try checked(cpostgres_exec(handle, sql), sql)
    defer { cpostgres_clear(result) }
    return cpostgres_rows(result) > 0 ? PostgresRow(result: result, row: 0).text(0) : nil
  }

  /// The socket, to wait on.
  var socket: Int32 { cpostgres_socket(handle) }

  /// Takes in what has arrived of what others sent by NOTIFY.
  /// - Throws: `io` if the connection is lost.
  func notifications() throws(DatabaseError) -> [String] {
    guard cpostgres_consume_input(handle) != 0 else { throw lost("") }
    var payloads: [String] = []
    while let notification = cpostgres_next_notification(handle) {
      if let payload = notification.pointee.payload { payloads.append(String(cString: payload)) }
      cpostgres_free_notification(notification)
    }
    return payloads
  }

  @discardableResult
  func execute(_ sql: String, _ parameters: [SQLValue]) throws(DatabaseError) -> Int {
    let result = try perform(sql, parameters)
    defer { cpostgres_clear(result) }
    return cpostgres_result_changes(result).flatMap { Int(String(cString: $0)) } ?? 0
  }

  func query<T>(_ sql: String, _ parameters: [SQLValue], _ read: (any SQLRow) throws -> T) throws -> [T] {
    let result = try perform(sql, parameters)
    defer { cpostgres_clear(result) }
    return try (0..<cpostgres_rows(result)).map { try read(PostgresRow(result: result, row: $0)) }
  }

  func afterCommit(_ action: @escaping @Sendable () -> Void) {
    commitActions.append(action)
  }

  /// Forgets what an earlier transaction left.
  func startAnew() {
    commitActions.removeAll(keepingCapacity: true)
    failure = nil
  }

  func takeCommitActions() -> [@Sendable () -> Void] {
    defer { commitActions.removeAll(keepingCapacity: true) }
    return commitActions
  }

  private func perform(_ sql: String, _ parameters: [SQLValue]) throws(DatabaseError) -> OpaquePointer {
    let values = PostgresParameters(parameters)
    if isPooled {
      let result = values.withArrays { texts, lengths, formats in
        cpostgres_exec_parameters(handle, sql, values.count, values.types, texts, lengths, formats)
      }
      return try checked(result, sql)
    }
    let name = try prepare(sql, values)
    let result = values.withArrays { texts, lengths, formats in
      cpostgres_exec_prepared(handle, name, values.count, texts, lengths, formats)
    }
    return try checked(result, sql)
  }

  private func prepare(_ sql: String, _ values: PostgresParameters) throws(DatabaseError) -> String {
    let key = StatementKey(sql: sql, types: values.types)
    if let name = statements[key] { return name }
    if statements.count >= Self.maxStatements {
      try run("DEALLOCATE ALL")
      statements.removeAll()
    }
    let name = "s\(statements.count)"
    cpostgres_clear(try checked(cpostgres_prepare(handle, name, sql, values.count, values.types), sql))
    statements[key] = name
    return name
  }

  /// - Throws: what the server, or the connection, had to say.
  private func checked(_ result: OpaquePointer?, _ sql: String) throws(DatabaseError) -> OpaquePointer {
    guard let result else { throw noted(lost(sql)) }
    let status = cpostgres_result_status(result)
    if status == CPOSTGRES_COMMAND_OK || status == CPOSTGRES_TUPLES_OK { return result }
    defer { cpostgres_clear(result) }
    guard let state = field(CPOSTGRES_DIAG_SQLSTATE, of: result) else { throw noted(lost(sql)) }
    throw noted(
      DatabaseError(
        sqlState: state, message: field(CPOSTGRES_DIAG_MESSAGE, of: result) ?? "no message", sql: sql))
  }

  private func field(_ field: Int32, of result: OpaquePointer) -> String? {
    cpostgres_result_field(result, field).map { String(cString: $0) }
  }

  private func noted(_ error: DatabaseError) -> DatabaseError {
    if failure == nil { failure = error }
    return error
  }

  private func lost(_ sql: String) -> DatabaseError {
    let words = cpostgres_error(handle).map { String(cString: $0) } ?? ""
    let line = words.split(whereSeparator: \.isNewline).joined(separator: "; ")
    return DatabaseError(kind: .io, code: 0, message: line.isEmpty ? "the connection is lost" : line, sql: sql)
  }
}

/// Texts as an array of C strings that a NULL ends.
private final class CStrings {
  let pointers: UnsafePointer<UnsafePointer<CChar>?>
  private let buffer: UnsafeMutablePointer<UnsafePointer<CChar>?>
  private let texts: [UnsafeMutablePointer<CChar>]

  init(_ strings: [String]) {
    texts = strings.map { string in
      let bytes = Array(string.utf8CString)
      let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
      copy.initialize(from: bytes, count: bytes.count)
      return copy
    }
    buffer = .allocate(capacity: strings.count + 1)
    for (index, text) in texts.enumerated() { (buffer + index).initialize(to: UnsafePointer(text)) }
    (buffer + strings.count).initialize(to: nil)
    pointers = UnsafePointer(buffer)
  }

  deinit {
    texts.forEach { $0.deallocate() }
    buffer.deallocate()
  }
}
