import CSQLite

/// A prepared statement that binds by parameter name: SQLite numbers `$2, $1` by first appearance.
final class SQLiteStatement {
  let handle: OpaquePointer
  /// SQLite's index → index in our parameter list.
  private let positions: [Int]

  init(handle: OpaquePointer) {
    self.handle = handle
    let count = sqlite3_bind_parameter_count(handle)
    positions = (0..<count).map { index in
      guard let name = sqlite3_bind_parameter_name(handle, index + 1) else { return Int(index) }
      return (Int(String(cString: name).dropFirst()) ?? Int(index + 1)) - 1
    }
  }

  deinit { sqlite3_finalize(handle) }

  /// Binds by name. False if a parameter has no value.
  func bind(_ parameters: [SQLValue]) -> Bool {
    for (index, position) in positions.enumerated() {
      guard position < parameters.count else { return false }
      let column = Int32(index + 1)
      switch parameters[position] {
      case .null: sqlite3_bind_null(handle, column)
      case .integer(let value): sqlite3_bind_int64(handle, column, value)
      case .text(var text):
        _ = text.withUTF8 { bytes in
          bytes.withMemoryRebound(to: CChar.self) {
            // An empty string may have no address, which SQLite would bind as NULL.
            $0.baseAddress.map { csqlite_bind_text(handle, column, $0, Int32(bytes.count)) }
              ?? csqlite_bind_text(handle, column, "", 0)
          }
        }
      }
    }
    return true
  }

  func reset() {
    sqlite3_reset(handle)
    sqlite3_clear_bindings(handle)
  }
}

/// The current row of a statement.
struct SQLiteRow: SQLRow {
  let handle: OpaquePointer

  func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

  func text(_ column: Int32) -> String {
    guard let start = sqlite3_column_text(handle, column) else { return "" }
    let length = Int(sqlite3_column_bytes(handle, column))
    return String(decoding: UnsafeBufferPointer(start: start, count: length), as: UTF8.self)
  }

  func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }
}
