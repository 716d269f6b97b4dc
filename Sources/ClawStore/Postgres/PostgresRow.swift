import CPostgres

/// One row of a result in text format.
struct PostgresRow: SQLRow {
  let result: OpaquePointer
  let row: Int32

  private func bytes(_ column: Int32) -> UnsafeBufferPointer<UInt8> {
    let length = Int(cpostgres_length(result, row, column))
    guard let start = cpostgres_value(result, row, column) else { return UnsafeBufferPointer(start: nil, count: 0) }
    return UnsafeRawBufferPointer(start: start, count: length).bindMemory(to: UInt8.self)
  }

  func integer(_ column: Int32) -> Int64 {
    let bytes = bytes(column)
    if let number = Int64(String(decoding: bytes, as: UTF8.self)) { return number }
    // A boolean column.
    return bytes.count == 1 && bytes[0] == UInt8(ascii: "t") ? 1 : 0
  }

  func text(_ column: Int32) -> String { PostgresText.text(bytes(column)) }

  func isNull(_ column: Int32) -> Bool { cpostgres_is_null(result, row, column) != 0 }
}
