import ClawCore

/// What the database itself said. Stays inside; ``claw`` is what leaves.
public struct DatabaseError: Error, Sendable, CustomStringConvertible {
  public enum Kind: Sendable, Hashable {
    /// No room, or a file that can't be written.
    case full
    /// Locked by somebody else.
    case busy
    /// In the way of another transaction; the same one, done again, works.
    case conflict
    case constraint
    /// Any other failure of the machine below.
    case io
    /// A statement that is wrong: a fault of ours.
    case statement
    case closed
  }

  public let kind: Kind
  /// The engine's own code.
  public let code: Int
  /// The engine's own words; for the log.
  public let message: String
  /// The statement, without values.
  public let sql: String

  public init(kind: Kind, code: Int, message: String, sql: String = "") {
    self.kind = kind
    self.code = code
    self.message = message
    self.sql = sql
  }

  static let closed = DatabaseError(kind: .closed, code: 0, message: "closed")

  public var description: String { "\(message) [\(code)] \(sql.prefix(120))" }

  /// What callers see.
  public var claw: ClawError {
    switch kind {
    case .full:
      ClawError(
        .unavailable, "the gateway's disk is full; nothing was changed, try again when there is room",
        retryAfter: .seconds(5), cause: self)
    case .busy, .conflict, .io:
      ClawError(
        .unavailable, "the gateway's database can't be reached right now; nothing was changed, try again",
        retryAfter: .seconds(1), cause: self)
    case .closed:
      ClawError(.unavailable, "the gateway is shutting down; try again", retryAfter: .seconds(1), cause: self)
    case .constraint, .statement:
      ClawError(.internalError, "internal error", cause: self)
    }
  }
}
