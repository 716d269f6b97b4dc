/// What the process says to the shell when it ends; the numbers of `sysexits.h`, so that scripts can tell kinds apart.
public enum CommandStatus: Int32, Sendable, CaseIterable {
  case success = 0
  /// A run failed.
  case failure = 1
  /// The command line, or what it asked for, is wrong.
  case usage = 64
  /// The gateway can't be reached or can't do it now, or the machine does not give what it needs: its address, disk
  /// space, memory, descriptors.
  case unavailable = 69
  /// A fault of ours.
  case internalFault = 70
  /// The credential is missing, wrong, or not allowed to do this.
  case unauthorized = 77
  /// The configuration is wrong.
  case configuration = 78
  /// Stopped with Ctrl-C.
  case interrupted = 130

  /// One line for the help.
  var meaning: String {
    switch self {
    case .success: "all is well"
    case .failure: "a run failed"
    case .usage: "the command line is wrong"
    case .unavailable: "the gateway can't be reached, or lacks its address, disk, memory or files"
    case .internalFault: "a fault of swiftclaw"
    case .unauthorized: "the token is missing or wrong"
    case .configuration: "the configuration is wrong"
    case .interrupted: "stopped with Ctrl-C"
    }
  }
}
