/// Exit statuses; the numbers of `sysexits.h`, so that scripts can distinguish kinds of errors.
public enum CommandStatus: Int32, Sendable, CaseIterable {
  case success = 0
  /// A run failed.
  case failure = 1
  /// Invalid usage: the command line, or what it refers to.
  case usage = 64
  /// The gateway is unreachable or temporarily unable, or the machine lacks a resource: its address, disk space,
  /// memory, descriptors.
  case unavailable = 69
  /// An internal error.
  case internalFault = 70
  /// The credential is missing, wrong, or not authorized.
  case unauthorized = 77
  /// The configuration is invalid.
  case configuration = 78
  /// Interrupted with Ctrl-C.
  case interrupted = 130

  /// One line for the help text.
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
