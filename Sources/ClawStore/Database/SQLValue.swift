import ClawCore
import ClawJSON

/// The value of a parameter, on either engine.
public enum SQLValue: Sendable {
  /// Carries the column's type too: PostgreSQL prepares a statement for specific parameter types, so an untyped null
  /// would need another prepared statement.
  case null(Kind)
  case integer(Int64)
  case text(String)

  /// The type of a column.
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

extension SQLValue: Hashable {
  /// Texts are equal if their bytes are, as in the database.
  public static func == (left: SQLValue, right: SQLValue) -> Bool {
    switch (left, right) {
    case (.null(let left), .null(let right)): left == right
    case (.integer(let left), .integer(let right)): left == right
    case (.text(let left), .text(let right)): left.hasSameBytes(as: right)
    default: false
    }
  }

  public func hash(into hasher: inout Hasher) {
    switch self {
    case .null(let kind): hasher.combine(kind)
    case .integer(let value): hasher.combine(value)
    case .text(let value): hasher.combine(UTF8Key(value))
    }
  }
}
