/// A `Decoder` over a `JSONValue`.
struct JSONValueDecoder: Decoder {
  let value: JSONValue
  let path: JSONPath

  var codingPath: [any CodingKey] { path.codingPath }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(try JSONObjectDecoding<Key>(value, at: path))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try JSONArrayDecoding(value, at: path)
  }

  func singleValueContainer() throws -> any SingleValueDecodingContainer {
    JSONSingleValueDecoding(value: value, path: path)
  }

  /// Decodes a value of any decodable type. All errors are converted to a `JSONError` with a path.
  static func decode<T: Decodable>(
    _ type: T.Type, from value: JSONValue, at path: @autoclosure () -> JSONPath
  ) throws(JSONError) -> T {
    if type == JSONValue.self, let value = value as? T { return value }
    let path = path()
    do {
      return try T(from: JSONValueDecoder(value: value, path: path))
    } catch let error as JSONError {
      throw error.located(at: path)
    } catch let error as DecodingError {
      throw JSONError(error, decoding: type, from: value, at: path)
    } catch {
      throw JSONError(kind: .invalid, message: "\(error)", path: path.text)
    }
  }
}
