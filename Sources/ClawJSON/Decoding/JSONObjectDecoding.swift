/// The members of an object, for a type that is being decoded.
struct JSONObjectDecoding<Key: CodingKey>: KeyedDecodingContainerProtocol {
  private let members: JSONObject
  private let path: JSONPath

  init(_ value: JSONValue, at path: JSONPath) throws(JSONError) {
    guard case .object(let members) = value else { throw .mismatch("an object", value, at: path) }
    self.members = members
    self.path = path
  }

  var codingPath: [any CodingKey] { path.codingPath }
  var allKeys: [Key] { members.keys.compactMap(Key.init(stringValue:)) }

  func contains(_ key: Key) -> Bool { members[key.stringValue] != nil }

  private func member(_ key: any CodingKey) throws(JSONError) -> JSONValue {
    guard let value = members[key.stringValue] else { throw .missing(key, in: path) }
    return value
  }

  func decodeNil(forKey key: Key) throws -> Bool { try member(key).isNull }

  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
    try JSONValueDecoder.decode(type, from: member(key), at: path.appending(key))
  }

  func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool {
    try JSONScalar.bool(member(key), at: path.appending(key))
  }

  func decode(_ type: String.Type, forKey key: Key) throws -> String {
    try JSONScalar.string(member(key), at: path.appending(key))
  }

  func decode(_ type: Double.Type, forKey key: Key) throws -> Double {
    try JSONScalar.double(member(key), at: path.appending(key))
  }

  func decode(_ type: Float.Type, forKey key: Key) throws -> Float {
    try JSONScalar.float(member(key), at: path.appending(key))
  }

  private func integer<T: FixedWidthInteger>(_ key: Key) throws(JSONError) -> T {
    try JSONScalar.integer(member(key), at: path.appending(key))
  }

  func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try integer(key) }
  func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try integer(key) }
  func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try integer(key) }
  func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try integer(key) }
  func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try integer(key) }
  func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try integer(key) }
  func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try integer(key) }
  func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try integer(key) }
  func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try integer(key) }
  func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try integer(key) }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> {
    KeyedDecodingContainer(try JSONObjectDecoding<Nested>(member(key), at: path.appending(key)))
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try JSONArrayDecoding(member(key), at: path.appending(key))
  }

  func superDecoder() throws -> any Decoder { decoder(JSONKey.superKey) }
  func superDecoder(forKey key: Key) throws -> any Decoder { decoder(key) }

  /// A missing superclass part is decoded from `null`.
  private func decoder(_ key: any CodingKey) -> JSONValueDecoder {
    JSONValueDecoder(value: members[key.stringValue] ?? .null, path: path.appending(key))
  }
}
