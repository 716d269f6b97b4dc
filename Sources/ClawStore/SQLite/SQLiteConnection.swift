import CSQLite
import ClawCore
import ClawJSON

/// One open connection; used on one thread at a time.
final class SQLiteConnection: DatabaseConnection {
  let dialect = SQLDialect.sqlite
  private let handle: OpaquePointer
  /// Prepared statements by text; cleared when it holds ``maxStatements``, which our fixed set never reaches.
  private var statements: UTF8Dictionary<SQLiteStatement> = [:]
  private static let maxStatements = 512
  /// Lock timeout and read timeout.
  let limits: SQLiteLimits
  /// Actions to run after the commit.
  private(set) var commitActions: [@Sendable () -> Void] = []

  /// - Parameter limits: Used by this connection alone.
  /// - Throws: ``DatabaseError`` if the file can't be opened.
  init(
    path: String, readOnly: Bool,
    limits: SQLiteLimits = SQLiteLimits(busy: .seconds(5), busyAtClose: .seconds(1))
  ) throws(DatabaseError) {
    self.limits = limits
    var opened: OpaquePointer?
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (readOnly ? 0 : SQLITE_OPEN_CREATE)
    let code = sqlite3_open_v2(path, &opened, flags, nil)
    guard code == SQLITE_OK, let opened else {
      let message = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
      let kind = DatabaseError.Kind(sqlite: code, errno: opened.map { sqlite3_system_errno($0) } ?? 0)
      sqlite3_close_v2(opened)
      throw DatabaseError(kind: kind, code: Int(code), message: message)
    }
    handle = opened
    sqlite3_extended_result_codes(handle, 1)
    limits.install(on: handle)
    if readOnly { try run("PRAGMA query_only = ON") }
  }

  deinit {
    statements.removeAll()
    sqlite3_close_v2(handle)
  }

  /// Whether no transaction is open, for instance because SQLite rolled it back on its own.
  var isAutocommit: Bool { sqlite3_get_autocommit(handle) != 0 }

  /// Calls back after each commit with the number of pages in the write-ahead log. Replaces SQLite's automatic
  /// checkpoint, which would block the writer.
  func onWrite(_ context: UnsafeMutableRawPointer, _ hook: @escaping WALHook) {
    sqlite3_wal_hook(handle, hook, context)
  }

  typealias WALHook =
    @convention(c) (UnsafeMutableRawPointer?, OpaquePointer?, UnsafePointer<CChar>?, Int32) -> Int32

  /// Runs a statement that has no parameters and no rows of interest.
  func run(_ sql: String) throws(DatabaseError) {
    let code = sqlite3_exec(handle, sql, nil, nil, nil)
    guard code == SQLITE_OK else { throw error(code, sql) }
  }

  @discardableResult
  func execute(_ sql: String, _ parameters: [SQLValue]) throws(DatabaseError) -> Int {
    let statement = try prepare(sql, parameters)
    defer { statement.reset() }
    var code = sqlite3_step(statement.handle)
    while code == SQLITE_ROW { code = sqlite3_step(statement.handle) }
    guard code == SQLITE_DONE else { throw error(code, sql) }
    return Int(sqlite3_changes64(handle))
  }

  func query<T>(_ sql: String, _ parameters: [SQLValue], _ read: (any SQLRow) throws -> T) throws -> [T] {
    let statement = try prepare(sql, parameters)
    defer { statement.reset() }
    var rows: [T] = []
    let row = SQLiteRow(handle: statement.handle)
    while true {
      switch sqlite3_step(statement.handle) {
      case SQLITE_ROW: rows.append(try read(row))
      case SQLITE_DONE: return rows
      case let code: throw error(code, sql)
      }
    }
  }

  func afterCommit(_ action: @escaping @Sendable () -> Void) {
    commitActions.append(action)
  }

  /// Number of registered commit actions; pass it to ``dropCommitActions(after:)`` to discard those of a part that
  /// failed.
  var commitActionCount: Int { commitActions.count }

  func dropCommitActions(after count: Int) {
    commitActions.removeLast(commitActions.count - count)
  }

  func takeCommitActions() -> [@Sendable () -> Void] {
    defer { commitActions.removeAll(keepingCapacity: true) }
    return commitActions
  }

  private func prepare(_ sql: String, _ parameters: [SQLValue]) throws(DatabaseError) -> SQLiteStatement {
    let statement: SQLiteStatement
    if let known = statements[sql] {
      statement = known
    } else {
      var prepared: OpaquePointer?
      let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
      guard code == SQLITE_OK, let prepared else { throw error(code, sql) }
      if statements.count >= Self.maxStatements { statements.removeAll() }
      statement = SQLiteStatement(handle: prepared)
      statements[sql] = statement
    }
    guard statement.bind(parameters) else {
      throw DatabaseError(kind: .statement, code: 0, message: "a parameter has no value", sql: sql)
    }
    return statement
  }

  private func error(_ code: Int32, _ sql: String) -> DatabaseError {
    DatabaseError(
      kind: DatabaseError.Kind(sqlite: code, errno: sqlite3_system_errno(handle)), code: Int(code),
      message: String(cString: sqlite3_errmsg(handle)), sql: sql)
  }

  /// Whether the file has fewer pages than its header says: it was truncated. Pages in the write-ahead log are not
  /// counted there. Reads through the open file: opening and closing it again would release SQLite's POSIX locks.
  var isShorterThanItSays: Bool {
    var file: UnsafeMutablePointer<sqlite3_file>?
    guard sqlite3_file_control(handle, "main", SQLITE_FCNTL_FILE_POINTER, &file) == SQLITE_OK, let file,
      let methods = file.pointee.pMethods, let read = methods.pointee.xRead, let measure = methods.pointee.xFileSize
    else { return false }
    var size: Int64 = 0
    var head = [UInt8](repeating: 0, count: 32)
    guard measure(file, &size) == SQLITE_OK, read(file, &head, Int32(head.count), 0) == SQLITE_OK else { return true }
    // Bytes 16 and 17: the page size, 1 for 65,536. Bytes 28 to 31: the page count.
    let page = Int64(head[16]) << 8 | Int64(head[17])
    let pages = head[28..<32].reduce(0) { $0 << 8 | Int64($1) }
    return pages * (page == 1 ? 65_536 : page) > size
  }
}
