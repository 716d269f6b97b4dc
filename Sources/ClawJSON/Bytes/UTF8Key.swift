/// A name from outside: a user, a session, a tool, the name of a JSON member.
///
/// Two names are one only if their UTF-8 bytes are. `String` itself compares by canonical equivalence, which makes one
/// of U+212A (Kelvin sign) and "K", or of a composed and a decomposed "é"; the store and every other program that
/// reads our JSON hold them to be two.
///
/// Also a property wrapper, so that a type with such a name among its properties can leave `Hashable` to the compiler.
@propertyWrapper
public struct UTF8Key: Sendable {
  /// The name as it came.
  public var wrappedValue: String

  @inlinable public init(_ text: String) { wrappedValue = text }
  @inlinable public init(wrappedValue: String) { self.wrappedValue = wrappedValue }
}

extension UTF8Key: Hashable, Comparable {
  @inlinable public static func == (left: UTF8Key, right: UTF8Key) -> Bool {
    left.wrappedValue.hasSameBytes(as: right.wrappedValue)
  }

  @inlinable public func hash(into hasher: inout Hasher) { wrappedValue.hashBytes(into: &hasher) }

  /// The order of the bytes, which is that of the Unicode scalars.
  public static func < (left: UTF8Key, right: UTF8Key) -> Bool { left.wrappedValue.bytesPrecede(right.wrappedValue) }
}

extension UTF8Key: CustomStringConvertible, ExpressibleByStringLiteral {
  public var description: String { wrappedValue }
  public init(stringLiteral value: String) { wrappedValue = value }
}

extension UTF8Key: Codable {
  public init(from decoder: any Decoder) throws {
    wrappedValue = try decoder.singleValueContainer().decode(String.self)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(wrappedValue)
  }
}
