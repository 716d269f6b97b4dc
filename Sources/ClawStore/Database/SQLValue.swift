import ClawCore

/// What a parameter holds, on either engine.
public enum SQLValue: Sendable, Hashable {
  /// Says the type of its column as well: PostgreSQL prepares a statement for the types of its parameters, and a null
  /// without one would be another statement than a value in its place.
  case null(Kind)
  case integer(Int64)
  case text(String)

  /// What a column holds.
  public enum Kind: Sendable, Hashable {
    case integer, text
  }

  static func optional(_ value: String?) -> SQLValue { value.map { .text($0) } ?? .null(.text) }
  static func optional(_ value: Timestamp?) -> SQLValue { value.map { .time($0) } ?? .null(.integer) }
  static func int(_ value: Int) -> SQLValue { .integer(Int64(value)) }
  static func bool(_ value: Bool) -> SQLValue { .integer(value ? 1 : 0) }
  static func id<Tag>(_ value: Identifier<Tag>) -> SQLValue { .text(value.rawValue) }
  static func time(_ value: Timestamp) -> SQLValue { .integer(value.milliseconds) }
}
