/// An external name: a user, a session, a tool, a JSON member.
///
/// Two names are equal only if their UTF-8 bytes are. `String` compares by canonical equivalence, in which U+212A
/// (Kelvin sign) equals "K", and a composed "é" a decomposed one; the store and every other program that reads our JSON
/// treat them as different.
///
/// Also a property wrapper, so that a type with such a property can have `Hashable` synthesized.
@propertyWrapper
public struct UTF8Key: Sendable {
  /// The original name.
  public var wrappedValue: String

  @inlinable public init(_ text: String) { wrappedValue = text }
  @inlinable public init(wrappedValue: String) { self.wrappedValue = wrappedValue }
}

extension UTF8Key: Hashable, Comparable {
  @inlinable public static func == (left: UTF8Key, right: UTF8Key) -> Bool {
    left.wrappedValue.hasSameBytes(as: right.wrappedValue)
  }

  @inlinable public func hash(into hasher: inout Hasher) { wrappedValue.hashBytes(into: &hasher) }

  /// Byte order, which equals the order of Unicode scalars.
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
