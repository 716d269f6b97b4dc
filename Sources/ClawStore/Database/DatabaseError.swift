import ClawCore

/// An error as the database reported it. Internal; callers get ``claw``.
public struct DatabaseError: Error, Sendable, CustomStringConvertible {
  public enum Kind: Sendable, Hashable {
    /// The disk is full.
    case full
    /// The disk or the file is read-only.
    case readOnly
    /// The disk fails to read or write.
    case disk
    /// The file is corrupt: see ``StoreFault``.
    case damaged
    /// No connection became free in time.
    case busy
    /// Another process has held the file lock for longer than the timeout.
    case locked
    /// The statement exceeded its timeout.
    case timeout
    /// A serialization failure or deadlock; a retry succeeds.
    case conflict
    case constraint
    /// Any other I/O failure.
    case io
    /// An invalid statement: a bug of ours.
    case statement
    case closed
  }

  public let kind: Kind
  /// The engine's error code.
  public let code: Int
  /// The engine's message; for the log.
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

  /// The error that callers see.
  public var claw: ClawError {
    switch kind {
    case .full:
      ClawError(
        .unavailable, "the gateway's disk is full; nothing was changed, try again when there is room",
        retryAfter: .seconds(5), cause: self)
    case .readOnly:
      ClawError(
        .unavailable, "the gateway's disk is read-only; nothing was changed, try again when it can be written",
        retryAfter: .seconds(5), cause: self)
    case .disk:
      ClawError(
        .unavailable, "the gateway's disk fails (input/output error); nothing was changed, try again later",
        retryAfter: .seconds(5), cause: self)
    case .damaged:
      ClawError(
        .internalError,
        "the gateway's database is damaged; nothing was changed, and its operator has to restore a backup", cause: self)
    case .locked:
      ClawError(
        .unavailable, "another program has locked the gateway's database; nothing was changed, try again",
        retryAfter: .seconds(1), cause: self)
    case .timeout:
      ClawError(
        .unavailable, "the gateway's database took too long to answer; try again, or ask for less",
        retryAfter: .seconds(1), cause: self)
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
