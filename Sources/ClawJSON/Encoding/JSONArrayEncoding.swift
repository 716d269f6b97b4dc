/// The elements of an array, for a type that is being encoded.
struct JSONArrayEncoding: UnkeyedEncodingContainer {
  private let array: JSONEncodedArray

  init(_ array: JSONEncodedArray) { self.array = array }

  var codingPath: [any CodingKey] { array.path.codingPath }
  var count: Int { array.elements.count }

  func encodeNil() throws { array.elements.append(.null) }
  func encode(_ value: Bool) throws { array.elements.append(.bool(value)) }
  func encode(_ value: String) throws { array.elements.append(.string(value)) }
  func encode(_ value: Double) throws { array.elements.append(try .boxed(value, at: array.here)) }
  func encode(_ value: Float) throws { array.elements.append(try .boxed(value, at: array.here)) }

  func encode<T: Encodable>(_ value: T) throws {
    array.elements.append(try JSONValueEncoder.encode(value, at: array.here))
  }

  private func integer(_ value: some FixedWidthInteger) throws {
    array.elements.append(try .boxed(value, at: array.here))
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

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
    let nested = JSONEncodedObject(path: array.here)
    array.append(.object(nested))
    return KeyedEncodingContainer(JSONObjectEncoding<Nested>(nested))
  }

  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
    let nested = JSONEncodedArray(path: array.here)
    array.append(.array(nested))
    return JSONArrayEncoding(nested)
  }

  func superEncoder() -> any Encoder {
    let encoder = JSONValueEncoder(path: array.here)
    array.append(.encoder(encoder))
    return encoder
  }
}
