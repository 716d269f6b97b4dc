/// The members of an object, for a type that is being encoded.
struct JSONObjectEncoding<Key: CodingKey>: KeyedEncodingContainerProtocol {
  private let object: JSONEncodedObject

  init(_ object: JSONEncodedObject) { self.object = object }

  var codingPath: [any CodingKey] { object.path.codingPath }

  private func put(_ value: JSONValue, _ key: Key) { object.members[key.stringValue] = value }

  func encodeNil(forKey key: Key) throws { put(.null, key) }
  func encode(_ value: Bool, forKey key: Key) throws { put(.bool(value), key) }
  func encode(_ value: String, forKey key: Key) throws { put(.string(value), key) }

  func encode(_ value: Double, forKey key: Key) throws {
    put(try .boxed(value, at: object.path.appending(key)), key)
  }

  func encode(_ value: Float, forKey key: Key) throws {
    put(try .boxed(value, at: object.path.appending(key)), key)
  }

  func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
    put(try JSONValueEncoder.encode(value, at: object.path.appending(key)), key)
  }

  private func integer(_ value: some FixedWidthInteger, _ key: Key) throws {
    put(try .boxed(value, at: object.path.appending(key)), key)
  }

  func encode(_ value: Int, forKey key: Key) throws { try integer(value, key) }
  func encode(_ value: Int8, forKey key: Key) throws { try integer(value, key) }
  func encode(_ value: Int16, forKey key: Key) throws { try integer(value, key) }
  func encode(_ value: Int32, forKey key: Key) throws { try integer(value, key) }
  func encode(_ value: Int64, forKey key: Key) throws { try integer(value, key) }
  func encode(_ value: UInt, forKey key: Key) throws { try integer(value, key) }
  func encode(_ value: UInt8, forKey key: Key) throws { try integer(value, key) }
  func encode(_ value: UInt16, forKey key: Key) throws { try integer(value, key) }
  func encode(_ value: UInt32, forKey key: Key) throws { try integer(value, key) }
  func encode(_ value: UInt64, forKey key: Key) throws { try integer(value, key) }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) -> KeyedEncodingContainer<Nested> {
    if case .object(let nested) = object.nested[key.stringValue] {
      return KeyedEncodingContainer(JSONObjectEncoding<Nested>(nested))
    }
    let nested = JSONEncodedObject(path: object.path.appending(key))
    object.nested[key.stringValue] = .object(nested)
    return KeyedEncodingContainer(JSONObjectEncoding<Nested>(nested))
  }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    if case .array(let nested) = object.nested[key.stringValue] { return JSONArrayEncoding(nested) }
    let nested = JSONEncodedArray(path: object.path.appending(key))
    object.nested[key.stringValue] = .array(nested)
    return JSONArrayEncoding(nested)
  }

  func superEncoder() -> any Encoder { encoder(JSONKey.superKey) }
  func superEncoder(forKey key: Key) -> any Encoder { encoder(key) }

  private func encoder(_ key: any CodingKey) -> JSONValueEncoder {
    let encoder = JSONValueEncoder(path: object.path.appending(key))
    object.nested[key.stringValue] = .encoder(encoder)
    return encoder
  }
}
