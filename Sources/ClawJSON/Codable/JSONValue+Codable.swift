extension JSONValue: Codable {
  /// Takes the value unchanged from our own decoder; decodes recursively from any other.
  public init(from decoder: any Decoder) throws {
    if let decoder = decoder as? JSONValueDecoder {
      self = decoder.value
    } else if let object = try? decoder.container(keyedBy: AnyName.self) {
      var members: JSONObject = [:]
      for name in object.allKeys { members[name.stringValue] = try object.decode(JSONValue.self, forKey: name) }
      self = .object(members)
    } else if var array = try? decoder.unkeyedContainer() {
      var elements: [JSONValue] = []
      while !array.isAtEnd { elements.append(try array.decode(JSONValue.self)) }
      self = .array(elements)
    } else {
      self = try Self.scalar(in: decoder.singleValueContainer())
    }
  }

  private static func scalar(in container: any SingleValueDecodingContainer) throws -> JSONValue {
    if container.decodeNil() { return .null }
    if let value = try? container.decode(Bool.self) { return .bool(value) }
    if let value = try? container.decode(Int64.self) { return .integer(value) }
    if let value = try? container.decode(Double.self) { return .number(value) }
    return .string(try container.decode(String.self))
  }

  /// Passes itself unchanged to our own encoder, without checking its numbers again; encodes recursively to any other.
  public func encode(to encoder: any Encoder) throws {
    if let encoder = encoder as? JSONValueEncoder { return encoder.store(self) }
    switch self {
    case .object(let members):
      var container = encoder.container(keyedBy: AnyName.self)
      for (name, value) in members { try container.encode(value, forKey: AnyName(name)) }
    case .array(let elements):
      var container = encoder.unkeyedContainer()
      for element in elements { try container.encode(element) }
    default:
      try encodeScalar(to: encoder)
    }
  }

  private func encodeScalar(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .bool(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    case .null, .array, .object: try container.encodeNil()
    }
  }
}

extension JSONValue {
  /// Encodes a value as JSON.
  /// - Throws: a `JSONError`, for example for a number that is not finite.
  public init(encoding value: some Encodable) throws(JSONError) {
    self = try JSONValueEncoder.encode(value, at: .root)
  }

  /// Decodes a Swift value.
  /// - Throws: a `JSONError` with the path of the value at fault.
  public func decode<T: Decodable>(_ type: T.Type = T.self) throws(JSONError) -> T {
    try JSONValueDecoder.decode(type, from: self, at: .root)
  }
}
