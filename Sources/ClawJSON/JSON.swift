/// Converts between Swift types and JSON bytes.
public enum JSON {
  /// Encodes a value as UTF-8; the output is deterministic (see `JSONValue.serialized()`).
  /// - Throws: a `JSONError`, for example for a number that is not finite.
  public static func encode(_ value: some Encodable) throws(JSONError) -> [UInt8] {
    try JSONValue(encoding: value).serialized()
  }

  /// Encodes a value as text; see `encode(_:)`.
  public static func encodeString(_ value: some Encodable) throws(JSONError) -> String {
    try JSONValue(encoding: value).serializedString()
  }

  /// Decodes a value from UTF-8, parsed like `JSONValue.init(parsing:limits:)`.
  /// - Throws: a `JSONError` with line and column (syntax) or with a path (a value).
  public static func decode<T: Decodable>(
    _ type: T.Type = T.self, from bytes: [UInt8], limits: JSONLimits = .standard
  ) throws(JSONError) -> T {
    try JSONValue(parsing: bytes, limits: limits).decode(type)
  }

  /// Decodes a value from text; see `decode(_:from:limits:)`.
  public static func decode<T: Decodable>(
    _ type: T.Type = T.self, from text: String, limits: JSONLimits = .standard
  ) throws(JSONError) -> T {
    try JSONValue(parsing: text, limits: limits).decode(type)
  }
}
