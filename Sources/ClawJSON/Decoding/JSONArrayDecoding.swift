/// The elements of an array, for a type that is being decoded.
struct JSONArrayDecoding: UnkeyedDecodingContainer {
  private let elements: [JSONValue]
  private let path: JSONPath
  private(set) var currentIndex = 0

  init(_ value: JSONValue, at path: JSONPath) throws(JSONError) {
    guard case .array(let elements) = value else { throw .mismatch("an array", value, at: path) }
    self.elements = elements
    self.path = path
  }

  var codingPath: [any CodingKey] { path.codingPath }
  var count: Int? { elements.count }
  var isAtEnd: Bool { currentIndex >= elements.count }

  private var here: JSONPath { path.appending(index: currentIndex) }

  private func element() throws(JSONError) -> JSONValue {
    guard !isAtEnd else { throw .missingElement(currentIndex, at: path) }
    return elements[currentIndex]
  }

  mutating func decodeNil() throws -> Bool {
    guard try element().isNull else { return false }
    currentIndex += 1
    return true
  }

  mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
    let value = try JSONValueDecoder.decode(type, from: element(), at: here)
    currentIndex += 1
    return value
  }

  mutating func decode(_ type: Bool.Type) throws -> Bool {
    let value = try JSONScalar.bool(element(), at: here)
    currentIndex += 1
    return value
  }

  mutating func decode(_ type: String.Type) throws -> String {
    let value = try JSONScalar.string(element(), at: here)
    currentIndex += 1
    return value
  }

  mutating func decode(_ type: Double.Type) throws -> Double {
    let value = try JSONScalar.double(element(), at: here)
    currentIndex += 1
    return value
  }

  mutating func decode(_ type: Float.Type) throws -> Float {
    let value = try JSONScalar.float(element(), at: here)
    currentIndex += 1
    return value
  }

  private mutating func integer<T: FixedWidthInteger>() throws(JSONError) -> T {
    let value: T = try JSONScalar.integer(element(), at: here)
    currentIndex += 1
    return value
  }

  mutating func decode(_ type: Int.Type) throws -> Int { try integer() }
  mutating func decode(_ type: Int8.Type) throws -> Int8 { try integer() }
  mutating func decode(_ type: Int16.Type) throws -> Int16 { try integer() }
  mutating func decode(_ type: Int32.Type) throws -> Int32 { try integer() }
  mutating func decode(_ type: Int64.Type) throws -> Int64 { try integer() }
  mutating func decode(_ type: UInt.Type) throws -> UInt { try integer() }
  mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try integer() }
  mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try integer() }
  mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try integer() }
  mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try integer() }

  mutating func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type
  ) throws -> KeyedDecodingContainer<Nested> {
    let nested = try JSONObjectDecoding<Nested>(element(), at: here)
    currentIndex += 1
    return KeyedDecodingContainer(nested)
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    let nested = try JSONArrayDecoding(element(), at: here)
    currentIndex += 1
    return nested
  }

  mutating func superDecoder() throws -> any Decoder {
    let decoder = try JSONValueDecoder(value: element(), path: here)
    currentIndex += 1
    return decoder
  }
}
