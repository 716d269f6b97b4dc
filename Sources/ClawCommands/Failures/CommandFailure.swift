/// A command's error: its message on stderr, and its exit status.
struct CommandFailure: Error, Sendable, CustomStringConvertible {
  let status: CommandStatus
  /// Says what to do about it; empty if nothing is left to say.
  let message: String

  init(_ status: CommandStatus, _ message: String) {
    self.status = status
    self.message = message
  }

  var description: String { message }
}
