import CPostgres

/// One connection to the server; used on one thread, which it blocks.
final class PostgresConnection: DatabaseConnection {
  let dialect = SQLDialect.postgres
  let owner: PostgresHandle
  var handle: OpaquePointer { owner.pointer }
  /// Whether each transaction may run on another server connection; see ``PostgresConfiguration/Pooler``.
  let isPooled: Bool
  /// Statements in flight; nil outside of a transaction, and with a pooler.
  var pipeline: PostgresPipeline?
  private let statements = PostgresStatements()
  /// The transaction ID, if it was requested; see ``PostgresTransaction/numbering``.
  var transactionID: String?
  /// Whether COMMIT was sent and its outcome is not known.
  var isCommitUnknown = false
  /// Actions to run after the commit.
  private var commitActions: [@Sendable () -> Void] = []
  /// The first error in the transaction: the server rejects every statement after it.
  private(set) var failure: DatabaseError?

  /// The pool's count of unresponsive connections when this one was opened.
  private let knownSilences: Int
  private let watch: PostgresMonitor

  /// - Throws: `io` if the server is unreachable, rejects the connection or does not answer.
  init(_ configuration: PostgresConfiguration, _ watch: PostgresMonitor = PostgresMonitor()) throws(DatabaseError) {
    self.watch = watch
    knownSilences = watch.silences
    owner = try PostgresHandle(configuration, watch)
    switch configuration.pooler {
    case .none: isPooled = false
    case .transaction: isPooled = true
    case .auto: isPooled = try Self.isPooled(owner)
    }
    // Session settings would leak to other clients of the pooler, so with one they go into each transaction.
    if !isPooled { try run(PostgresTransaction.settings(configuration, isLocal: false)) }
    owner.patience = configuration.answerTimeout
  }

  /// A pooler makes up the backend PID that it reports at connect.
  private static func isPooled(_ owner: PostgresHandle) throws(DatabaseError) -> Bool {
    guard let result = owner.run("SELECT pg_backend_pid()") else {
      throw DatabaseError(kind: .io, code: 0, message: owner.reason)
    }
    defer { cpostgres_clear(result) }
    guard cpostgres_result_status(result) == CPOSTGRES_TUPLES_OK, cpostgres_rows(result) == 1 else {
      throw DatabaseError(kind: .io, code: 0, message: owner.reason)
    }
    return PostgresRow(result: result, row: 0).integer(0) != Int64(cpostgres_backend_pid(owner.pointer))
  }

  var isAlive: Bool { owner.isAlive }
  /// Whether a new transaction may use it. If another connection became unresponsive after this one was opened, this
  /// one most likely leads to the same dead server.
  var isTrusted: Bool { isAlive && knownSilences == watch.silences }
  var isIdle: Bool { cpostgres_transaction_status(handle) == CPOSTGRES_TRANSACTION_IDLE }

  /// Runs one or more statements that have no parameters, in one round trip.
  /// - Returns: the first column of the last one, if it had rows.
  @discardableResult
  func run(_ sql: String) throws(DatabaseError) -> String? {
    let result = try checked(owner.run(sql), sql)
    defer { cpostgres_clear(result) }
    return cpostgres_rows(result) > 0 ? PostgresRow(result: result, row: 0).text(0) : nil
  }

  /// The socket, for polling.
  var socket: Int32 { cpostgres_socket(handle) }

  /// Reads the NOTIFY payloads of other connections that have arrived.
  /// - Throws: `io` if the connection is lost.
  func notifications() throws(DatabaseError) -> [String] {
    guard cpostgres_consume_input(handle) != 0 else { throw lost("") }
    var payloads: [String] = []
    while let notification = cpostgres_next_notification(handle) {
      let isOwn = notification.pointee.sender == cpostgres_backend_pid(handle)
      if !isOwn, let payload = notification.pointee.payload { payloads.append(String(cString: payload)) }
      cpostgres_free_notification(notification)
    }
    return payloads
  }

  @discardableResult
  func execute(_ sql: String, _ parameters: [SQLValue]) throws -> Int {
    let result = try perform(sql, parameters)
    defer { cpostgres_clear(result) }
    return Self.changes(result)
  }

  func executePipelined(_ sql: String, _ parameters: [SQLValue], check: ((Int) throws -> Void)?) throws {
    guard let pipeline else {
      let changed = try execute(sql, parameters)
      try check?(changed)
      return
    }
    if pipeline.partInserts { try sendInserts(on: pipeline) }
    try send(sql, parameters, on: pipeline) { result in
      defer { cpostgres_clear(result) }
      try check?(Self.changes(result))
    }
    pipeline.hasChecks = pipeline.hasChecks || check != nil
  }

  func insertPipelined(_ statement: RepeatedStatement, _ shared: [SQLValue], rows: [[SQLValue]]) throws {
    if let pipeline { return pipeline.insert(statement, shared, rows: rows) }
    for (text, parameters) in statement.statements(shared, rows) { try execute(text, parameters) }
  }

  func query<T>(_ sql: String, _ parameters: [SQLValue], _ read: (any SQLRow) throws -> T) throws -> [T] {
    let result = try perform(sql, parameters)
    defer { cpostgres_clear(result) }
    return try Self.rows(of: result, read)
  }

  func queryPipelined<T>(
    _ sql: String, _ parameters: [SQLValue], _ read: @escaping (any SQLRow) throws -> T,
    then: @escaping ([T]) throws -> Void
  ) throws {
    guard let pipeline else { return try then(try query(sql, parameters, read)) }
    if pipeline.partInserts { try sendInserts(on: pipeline) }
    let part = pipeline.part
    try send(sql, parameters, on: pipeline) { [unowned pipeline] result in
      defer { cpostgres_clear(result) }
      let rows = try Self.rows(of: result, read)
      pipeline.resume(part) { try then(rows) }
    }
    pipeline.hasPendingQueries = true
  }

  /// Starts another part of the transaction, independent of those before it.
  func beginPart() { pipeline?.beginPart() }

  private static func rows<T>(of result: OpaquePointer, _ read: (any SQLRow) throws -> T) throws -> [T] {
    try (0..<cpostgres_rows(result)).map { try read(PostgresRow(result: result, row: $0)) }
  }

  private static func changes(_ result: OpaquePointer) -> Int {
    cpostgres_result_changes(result).flatMap { Int(String(cString: $0)) } ?? 0
  }

  func afterCommit(_ action: @escaping @Sendable () -> Void) {
    commitActions.append(action)
  }

  /// Resets the state of the previous transaction.
  func resetState() {
    commitActions.removeAll(keepingCapacity: true)
    (failure, transactionID, isCommitUnknown) = (nil, nil, false)
  }

  func takeCommitActions() -> [@Sendable () -> Void] {
    defer { commitActions.removeAll(keepingCapacity: true) }
    return commitActions
  }

  // MARK: - Statements

  private func perform(_ sql: String, _ parameters: [SQLValue]) throws -> OpaquePointer {
    if let pipeline {
      try sendInserts(on: pipeline)
      var kept: OpaquePointer?
      try send(sql, parameters, on: pipeline) { kept = $0 }
      do {
        try flush(pipeline)
      } catch {
        if let kept { cpostgres_clear(kept) }
        throw error
      }
      guard let kept else { throw noted(lost(sql)) }
      return kept
    }
    return try checked(owner.run(sql, PostgresParameters(parameters)), sql)
  }

  /// Sends a statement without waiting for its result.
  func send(
    _ sql: String, _ parameters: [SQLValue], on pipeline: PostgresPipeline,
    _ take: @escaping (OpaquePointer) throws -> Void
  ) throws(DatabaseError) {
    let values = PostgresParameters(parameters)
    let (name, isNew) = statements.name(of: sql, values.types)
    if isNew {
      guard cpostgres_send_prepare(handle, name, sql, values.count, values.types) != 0 else { throw noted(lost(sql)) }
      pipeline.add(sql) {
        cpostgres_clear($0)
      } orElse: { [statements] in
        statements.forget(name)
      }
    }
    let isSent = values.withArrays { texts, lengths, formats in
      cpostgres_send_prepared(handle, name, values.count, texts, lengths, formats) != 0
    }
    guard isSent else { throw noted(lost(sql)) }
    pipeline.add(sql, take)
  }

  func sendInserts(on pipeline: PostgresPipeline) throws(DatabaseError) {
    try pipeline.takeInserts { text, parameters throws(DatabaseError) in
      try send(text, parameters, on: pipeline) { cpostgres_clear($0) }
    }
  }

  /// Waits for the results of everything sent.
  /// - Throws: the first error, of a statement or of a check.
  func flush(_ pipeline: PostgresPipeline) throws {
    guard cpostgres_sync(handle) != 0 else { throw noted(lost("")) }
    (pipeline.hasChecks, pipeline.hasPendingQueries) = (false, false)
    for statement in pipeline.takeAll() {
      guard let result = owner.next() else { throw noted(lost(statement.sql)) }
      if cpostgres_result_status(result) == CPOSTGRES_PIPELINE_ABORTED {
        cpostgres_clear(result)
        statement.orElse?()
      } else {
        do {
          pipeline.take(try checked(result, statement.sql), of: statement)
        } catch {
          pipeline.failed(statement)
          statement.orElse?()
          if !isAlive { throw error }
        }
      }
      // Each statement has exactly one result.
      while let more = owner.next() { cpostgres_clear(more) }
    }
    guard let end = owner.next() else { throw noted(lost("")) }
    let isSync = cpostgres_result_status(end) == CPOSTGRES_PIPELINE_SYNC
    cpostgres_clear(end)
    guard isSync else { throw noted(lost("")) }
    // The server has answered, so a failure here is definite.
    isCommitUnknown = false
    if let failure { throw failure }
    if let refusal = pipeline.refusal { throw refusal }
  }

  /// - Throws: the error of the server or of the connection.
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

  func noted(_ error: DatabaseError) -> DatabaseError {
    if failure == nil { failure = error }
    return error
  }

  func lost(_ sql: String) -> DatabaseError {
    DatabaseError(kind: .io, code: 0, message: owner.reason, sql: sql)
  }
}
