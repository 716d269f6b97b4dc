import ClawJSON
import ClawProtocol

/// One parameter of a method, as its type says.
struct MethodParameter: Sendable, Hashable {
  let name: String
  let isOptional: Bool
}

/// Discovers a method's parameters by decoding its type from generated values, so that a suite can call any method.
final class ParameterProbe: Decoder {
  struct Unreadable: Error, CustomStringConvertible {
    let description: String
  }

  private(set) var found: [MethodParameter] = []
  /// Values of required parameters of types other than text and numbers.
  let examples: JSONObject
  let codingPath: [any CodingKey] = []
  let userInfo: [CodingUserInfoKey: Any] = [:]

  private init(_ examples: JSONObject) { self.examples = examples }

  /// - Throws: for a type that can't be decoded from `examples`, with the missing name.
  static func parameters<M: Method>(of method: M.Type, examples: JSONObject) throws -> [MethodParameter] {
    let probe = ParameterProbe(examples)
    _ = try M.Params(from: probe)
    return probe.found
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(Keyed<Key>(probe: self))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    throw Unreadable(description: "the params are a list")
  }

  func singleValueContainer() throws -> any SingleValueDecodingContainer {
    throw Unreadable(description: "the params are one value")
  }

  fileprivate func note(_ key: any CodingKey, isOptional: Bool) {
    found.append(MethodParameter(name: key.stringValue, isOptional: isOptional))
  }

  private struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let probe: ParameterProbe
    let codingPath: [any CodingKey] = []
    let allKeys: [Key] = []

    func contains(_ key: Key) -> Bool { true }

    /// Only called for optional ones; nothing else follows.
    func decodeNil(forKey key: Key) -> Bool {
      probe.note(key, isOptional: true)
      return true
    }

    func decode(_ type: Bool.Type, forKey key: Key) -> Bool { required(key, true) }
    func decode(_ type: String.Type, forKey key: Key) -> String { required(key, "text") }
    func decode(_ type: Double.Type, forKey key: Key) -> Double { required(key, 1) }
    func decode(_ type: Float.Type, forKey key: Key) -> Float { required(key, 1) }
    func decode(_ type: Int.Type, forKey key: Key) -> Int { required(key, 1) }
    func decode(_ type: Int8.Type, forKey key: Key) -> Int8 { required(key, 1) }
    func decode(_ type: Int16.Type, forKey key: Key) -> Int16 { required(key, 1) }
    func decode(_ type: Int32.Type, forKey key: Key) -> Int32 { required(key, 1) }
    func decode(_ type: Int64.Type, forKey key: Key) -> Int64 { required(key, 1) }
    func decode(_ type: UInt.Type, forKey key: Key) -> UInt { required(key, 1) }
    func decode(_ type: UInt8.Type, forKey key: Key) -> UInt8 { required(key, 1) }
    func decode(_ type: UInt16.Type, forKey key: Key) -> UInt16 { required(key, 1) }
    func decode(_ type: UInt32.Type, forKey key: Key) -> UInt32 { required(key, 1) }
    func decode(_ type: UInt64.Type, forKey key: Key) -> UInt64 { required(key, 1) }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
      guard let example = probe.examples[key.stringValue] else {
        throw Unreadable(description: "there is no example of \"\(key.stringValue)\"")
      }
      return required(key, try example.decode(type))
    }

    private func required<T>(_ key: Key, _ value: T) -> T {
      probe.note(key, isOptional: false)
      return value
    }

    func nestedContainer<N: CodingKey>(keyedBy type: N.Type, forKey key: Key) throws -> KeyedDecodingContainer<N> {
      throw Unreadable(description: "\"\(key.stringValue)\" is read by hand")
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
      throw Unreadable(description: "\"\(key.stringValue)\" is read by hand")
    }

    func superDecoder() throws -> any Decoder { throw Unreadable(description: "there is no super") }
    func superDecoder(forKey key: Key) throws -> any Decoder { throw Unreadable(description: "there is no super") }
  }
}
