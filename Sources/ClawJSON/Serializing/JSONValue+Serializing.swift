extension JSONValue {
  /// The document as UTF-8, deterministic: members sorted by the bytes of their names, no spaces, `/` and everything
  /// outside of ASCII unescaped, control characters escaped.
  ///
  /// A `number` keeps a fraction or an exponent (`1.0`), so that it is parsed as a `number` again. A number that is not
  /// finite, which JSON can't represent, is written as `null`; the encoder rejects such numbers instead.
  public func serialized() -> [UInt8] {
    var bytes: [UInt8] = []
    serialize(into: &bytes)
    return bytes
  }

  /// The document as text; see `serialized()`.
  public func serializedString() -> String {
    String(decoding: serialized(), as: UTF8.self)
  }

  /// Appends the document to `bytes`; see `serialized()`.
  public func serialize(into bytes: inout [UInt8]) {
    switch self {
    case .null: bytes.append(contentsOf: "null".utf8)
    case .bool(true): bytes.append(contentsOf: "true".utf8)
    case .bool(false): bytes.append(contentsOf: "false".utf8)
    case .integer(let value): bytes.append(contentsOf: value.description.utf8)
    case .number(let value): bytes.append(contentsOf: (value.isFinite ? value.description : "null").utf8)
    case .string(let value): JSONText.append(value, to: &bytes)
    case .array(let elements): Self.serialize(elements, into: &bytes)
    case .object(let members): Self.serialize(members, into: &bytes)
    }
  }

  private static func serialize(_ elements: [JSONValue], into bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "["))
    var isFirst = true
    for element in elements {
      if !isFirst { bytes.append(UInt8(ascii: ",")) }
      isFirst = false
      element.serialize(into: &bytes)
    }
    bytes.append(UInt8(ascii: "]"))
  }

  private static func serialize(_ members: JSONObject, into bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "{"))
    var isFirst = true
    for (name, value) in members.sorted(by: { $0.key.bytesPrecede($1.key) }) {
      if !isFirst { bytes.append(UInt8(ascii: ",")) }
      isFirst = false
      JSONText.append(name, to: &bytes)
      bytes.append(UInt8(ascii: ":"))
      value.serialize(into: &bytes)
    }
    bytes.append(UInt8(ascii: "}"))
  }
}
