/// An error that a command ends with: what is written to stderr, and the status.
struct CommandFailure: Error, Sendable, CustomStringConvertible {
  let status: CommandStatus
  /// Says what to do about it; empty if all has been said.
  let message: String

  init(_ status: CommandStatus, _ message: String) {
    self.status = status
    self.message = message
  }

  var description: String { message }
}
