import CPostgres

/// Parameters in libpq's binary format, where each has a length and no terminator.
struct PostgresParameters {
  private(set) var types: [UInt32] = []
  private var bytes: [UInt8] = []
  private var places: [Int?] = []
  private var lengths: [Int32] = []

  init(_ parameters: [SQLValue]) {
    types.reserveCapacity(parameters.count)
    places.reserveCapacity(parameters.count)
    lengths.reserveCapacity(parameters.count)
    for parameter in parameters {
      let start = bytes.count
      switch parameter {
      case .null(.integer): add(type: CPOSTGRES_TYPE_BIGINT, at: nil, length: 0)
      case .null(.text): add(type: CPOSTGRES_TYPE_TEXT, at: nil, length: 0)
      case .integer(let number):
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
        add(type: CPOSTGRES_TYPE_BIGINT, at: start, length: 8)
      case .text(let text):
        PostgresText.append(text, to: &bytes)
        add(type: CPOSTGRES_TYPE_TEXT, at: start, length: bytes.count - start)
      }
    }
    // An empty string at the very end needs an address too.
    bytes.append(0)
  }

  private mutating func add(type: UInt32, at place: Int?, length: Int) {
    types.append(type)
    places.append(place)
    lengths.append(Int32(clamping: length))
  }

  var count: Int32 { Int32(types.count) }

  /// Passes the arrays that a libpq call takes: values, lengths, formats.
  func withArrays<T>(
    _ body: (UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?) -> T
  ) -> T {
    bytes.withUnsafeBytes { buffer in
      let start = buffer.bindMemory(to: CChar.self).baseAddress
      let values = places.map { place in place.flatMap { offset in start.map { $0 + offset } } }
      let formats = [Int32](repeating: 1, count: places.count)
      return values.withUnsafeBufferPointer { values in
        lengths.withUnsafeBufferPointer { lengths in
          formats.withUnsafeBufferPointer { body(values.baseAddress, lengths.baseAddress, $0.baseAddress) }
        }
      }
    }
  }
}
