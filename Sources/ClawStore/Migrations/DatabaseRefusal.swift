import ClawCore

/// Why a database can't be used, and the command or action that fixes it.
public struct DatabaseRefusal: Error, Sendable, CustomStringConvertible {
  public let reason: String
  /// A command, or what an operator has to do.
  public let remedy: String

  public var description: String { "\(reason); \(remedy)" }

  /// The error shown to the operator who starts the program.
  var claw: ClawError { ClawError(.failedPrecondition, description, cause: self) }
}
