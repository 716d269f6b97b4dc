import ClawCore

/// What a parameter holds, on either engine.
public enum SQLValue: Sendable, Hashable {
  case null
  case integer(Int64)
  case text(String)

  static func optional(_ value: String?) -> SQLValue { value.map { .text($0) } ?? .null }
  static func int(_ value: Int) -> SQLValue { .integer(Int64(value)) }
  static func bool(_ value: Bool) -> SQLValue { .integer(value ? 1 : 0) }
  static func id<Tag>(_ value: Identifier<Tag>) -> SQLValue { .text(value.rawValue) }
  static func time(_ value: Timestamp) -> SQLValue { .integer(value.milliseconds) }
}
