import ClawCore

/// The current row of a statement; columns count from 0.
public protocol SQLRow {
  func integer(_ column: Int32) -> Int64
  func text(_ column: Int32) -> String
  func isNull(_ column: Int32) -> Bool
}

extension SQLRow {
  func int(_ column: Int32) -> Int { Int(integer(column)) }
  func bool(_ column: Int32) -> Bool { integer(column) != 0 }
  func time(_ column: Int32) -> Timestamp { Timestamp(milliseconds: integer(column)) }
  func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }
  func id<Tag>(_ column: Int32) -> Identifier<Tag> { Identifier(unchecked: text(column)) }
  func optionalID<Tag>(_ column: Int32) -> Identifier<Tag>? { isNull(column) ? nil : id(column) }
}
