/// One value, for a type that is being encoded.
struct JSONSingleValueEncoding: SingleValueEncodingContainer {
  let encoder: JSONValueEncoder

  var codingPath: [any CodingKey] { encoder.codingPath }

  func encodeNil() throws { encoder.store(.null) }
  func encode(_ value: Bool) throws { encoder.store(.bool(value)) }
  func encode(_ value: String) throws { encoder.store(.string(value)) }
  func encode(_ value: Double) throws { encoder.store(try .boxed(value, at: encoder.path)) }
  func encode(_ value: Float) throws { encoder.store(try .boxed(value, at: encoder.path)) }

  func encode<T: Encodable>(_ value: T) throws {
    encoder.store(try JSONValueEncoder.encode(value, at: encoder.path))
  }

  private func integer(_ value: some FixedWidthInteger) throws {
    encoder.store(try .boxed(value, at: encoder.path))
  }

  func encode(_ value: Int) throws { try integer(value) }
  func encode(_ value: Int8) throws { try integer(value) }
  func encode(_ value: Int16) throws { try integer(value) }
  func encode(_ value: Int32) throws { try integer(value) }
  func encode(_ value: Int64) throws { try integer(value) }
  func encode(_ value: UInt) throws { try integer(value) }
  func encode(_ value: UInt8) throws { try integer(value) }
  func encode(_ value: UInt16) throws { try integer(value) }
  func encode(_ value: UInt32) throws { try integer(value) }
  func encode(_ value: UInt64) throws { try integer(value) }
}
