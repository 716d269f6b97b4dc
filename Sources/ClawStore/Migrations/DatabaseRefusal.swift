import ClawCore

/// Why a database can't serve, and what to type so that it can.
public struct DatabaseRefusal: Error, Sendable, CustomStringConvertible {
  public let reason: String
  /// A command, or what somebody has to do.
  public let remedy: String

  public var description: String { "\(reason); \(remedy)" }

  /// As whoever starts the program sees it.
  var claw: ClawError { ClawError(.failedPrecondition, description, cause: self) }
}
